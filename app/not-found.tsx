import { Compass } from "lucide-react";

import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

export default function NotFound() {
  return (
    <main id="content" className="mx-auto max-w-3xl px-4 pt-16 sm:px-6">
      <EmptyState
        icon={Compass}
        title="There is nothing at this address"
        action={
          <LinkButton href="/" variant="primary">
            Go to the dashboard
          </LinkButton>
        }
      >
        <h1 className="sr-only">Not found</h1>
        The address may be mistyped, the thing may belong to an environment that you have no role on, or it
        was never there.
      </EmptyState>
    </main>
  );
}
