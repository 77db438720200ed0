import { redeemPasswordLinkAction, redeemSetupLinkAction } from "#app/(auth)/actions.ts";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { PasswordLinkForm } from "#components/people/password-link-form.tsx";
import { SetupForm } from "#components/people/setup-form.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getOneTimeLink } from "#lib/people/get-one-time-link.ts";

export const metadata = pageMetadata("Set up an account");

export default async function SetupPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await getOneTimeLink(token);
  if (link === null) {
    return (
      <div>
        <PageHeader title="Set up an account" />
        <ErrorState
          title="This link does not work any more"
          action={<LinkButton href="/sign-in">Sign in</LinkButton>}
        >
          It was used already, is older than a day, or was replaced by a newer one. Nothing was changed. Ask
          an administrator for a new link; the first administrator&apos;s link is printed anew each time
          Lockstep starts.
        </ErrorState>
      </div>
    );
  }
  const { person } = link;
  if (person === null) {
    return (
      <div>
        <PageHeader
          title="Set up the first administrator"
          description="This account may do everything and lets others in."
        />
        <SetupForm action={redeemSetupLinkAction} token={token} />
      </div>
    );
  }
  return (
    <div>
      <PageHeader
        title={`Choose a password, ${person.name}`}
        description="It ends every open session of this account."
      />
      <PasswordLinkForm action={redeemPasswordLinkAction} token={token} email={person.email} />
    </div>
  );
}
