import { pageMetadata } from "#components/frame/page-metadata.ts";
import { IdentityConfirmed } from "#components/people/identity-confirmed.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { readRefusal } from "#lib/web/run-oidc-callback.ts";

export const metadata = pageMetadata("Confirm who you are");

export default async function ConfirmedPage() {
  const refusal = await readRefusal();
  if (refusal === null) return <IdentityConfirmed />;
  return (
    <ErrorState
      title="You were not confirmed"
      action={<LinkButton href="/sign-in/confirm">Try again</LinkButton>}
    >
      {refusal}
    </ErrorState>
  );
}
