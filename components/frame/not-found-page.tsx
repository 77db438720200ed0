import { Compass } from "lucide-react";

import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

/** Nothing to show here, or nothing that this person may see: the two are not told apart. */
export function NotFoundPage() {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-3xl px-4 pt-10 pb-24 outline-none sm:px-6"
    >
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        icon={Compass}
        title="There is nothing at this address"
        action={
          <LinkButton href="/" variant="primary">
            Go to the dashboard
          </LinkButton>
        }
      >
        The address may be mistyped, the thing may belong to an environment that you have no role on, or it
        was never there.
      </EmptyState>
    </main>
  );
}
