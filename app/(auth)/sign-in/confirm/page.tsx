import { beginOidcConfirmationAction } from "#app/(auth)/actions.ts";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ProviderRedirect } from "#components/people/provider-redirect.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Confirm who you are");

export default async function ConfirmAtProviderPage() {
  await requirePageContext();
  return (
    <div>
      <PageHeader
        title="Confirm who you are"
        description="The provider asks you to sign in again, in this tab. The other one waits."
      />
      <ProviderRedirect begin={beginOidcConfirmationAction} />
    </div>
  );
}
