import { createTokenAction, revokeTokenAction } from "#app/(console)/tokens/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { CreateTokenDialog } from "#components/tokens/create-token-dialog.tsx";
import { TokensTable } from "#components/tokens/tokens-table.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { listTokens } from "#lib/tokens/list-tokens.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("API tokens");

export default async function TokensPage() {
  const { context } = await requirePageContext();
  const [tokens, environments, isAdministrator] = await Promise.all([
    listTokens(context),
    listEnvironments(context),
    hasRole(context, ["administrator"], null),
  ]);
  const create = (
    <CreateTokenDialog
      action={createTokenAction}
      environments={environments.map(({ id, name }) => ({ id, name }))}
      canNameMachines={isAdministrator}
    />
  );
  const description = isAdministrator
    ? "Programs read the console with these. You see everybody's, and can revoke them."
    : "Your programs read the console with these. They see what you may see, and change nothing.";
  return (
    <Page crumbs={[{ label: "API tokens" }]}>
      <PageHeader title="API tokens" description={description} actions={tokens.length > 0 && create} />
      <TokensTable tokens={tokens} revoke={revokeTokenAction} create={create} />
    </Page>
  );
}
