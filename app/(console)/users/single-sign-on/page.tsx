import { testOidcProviderAction, updateOidcSettingsAction } from "#app/(console)/users/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { OidcSettingsForm } from "#components/people/oidc-settings-form.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { getOidcSettings } from "#lib/people/get-oidc-settings.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Single sign-on");

export default async function SingleSignOnPage() {
  const { context } = await requirePageContext();
  const settings = await readForPage(async () => getOidcSettings(context));
  const environments = (await listEnvironments(context, { archived: "yes" })).map(({ id, name }) => ({
    id,
    name,
  }));
  return (
    <Page crumbs={[{ label: "Users", href: "/users" }, { label: "Single sign-on" }]} width="narrow">
      <PageHeader
        title="Single sign-on"
        description="Lets people sign in with an OpenID Connect provider, which also says what they may do."
      />
      {settings.ok ? (
        <OidcSettingsForm
          key={settings.value.version}
          settings={settings.value}
          environments={environments}
          save={updateOidcSettingsAction}
          test={testOidcProviderAction}
        />
      ) : (
        <ErrorState title="You cannot see how people sign in">{settings.message}</ErrorState>
      )}
    </Page>
  );
}
