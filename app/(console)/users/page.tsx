import * as actions from "#app/(console)/users/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { CreatePersonDialog } from "#components/people/create-person-dialog.tsx";
import { PeopleTable } from "#components/people/people-table.tsx";
import type { PeopleActions } from "#components/people/people-actions.ts";
import { ErrorState } from "#components/ui/error-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { listPeople } from "#lib/people/list-people.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Users");

const peopleActions: PeopleActions = {
  createPerson: actions.createPersonAction,
  createLink: actions.createInvitationLinkAction,
  grantRole: actions.grantRoleAction,
  revokeRole: actions.revokeRoleAction,
  deactivate: actions.deactivatePersonAction,
  reactivate: actions.reactivatePersonAction,
  revokeSessions: actions.revokeSessionsAction,
  resetSecondFactor: actions.resetSecondFactorAction,
};

export default async function UsersPage() {
  const { context } = await requirePageContext();
  const people = await readForPage(async () => listPeople(context));
  const canChange = await hasRole(context, ["administrator"], null);
  const environments = (await listEnvironments(context, { archived: "yes" })).map(({ id, name }) => ({
    id,
    name,
  }));
  const create = canChange && (
    <>
      <LinkButton href="/users/single-sign-on">Single sign-on</LinkButton>
      <CreatePersonDialog actions={peopleActions} environments={environments} />
    </>
  );
  return (
    <Page crumbs={[{ label: "Users" }]}>
      <PageHeader title="Users" description="Who may do what, and where." actions={create} />
      {people.ok ? (
        <PeopleTable
          people={people.value}
          environments={environments}
          actions={peopleActions}
          canChange={canChange}
        />
      ) : (
        <ErrorState title="You cannot see who has access">{people.message}</ErrorState>
      )}
    </Page>
  );
}
