import { Page } from "#components/frame/page.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

interface RefusedPageProps {
  /** "Stores": the list that it belongs to. */
  label: string;
  href: string;
  message: string;
}

/** A page that the person may not see, and why. */
export function RefusedPage({ label, href, message }: RefusedPageProps) {
  return (
    <Page crumbs={[{ label, href }, { label: "Not shown" }]} width="narrow">
      <h1 className="sr-only">Not shown</h1>
      <ErrorState title="This cannot be shown to you" action={<LinkButton href={href}>{label}</LinkButton>}>
        {message}
      </ErrorState>
    </Page>
  );
}
