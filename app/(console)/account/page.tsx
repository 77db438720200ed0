import { changePasswordAction, revokeSessionAction } from "#app/(console)/account/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ChangePasswordForm } from "#components/people/change-password-form.tsx";
import { SessionsTable } from "#components/people/sessions-table.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listSessions } from "#lib/people/list-sessions.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Account");

export default async function AccountPage() {
  const { context, session } = await requirePageContext();
  const sessions = await listSessions(context, session.sessionId);
  return (
    <Page crumbs={[{ label: "Account" }]} width="narrow">
      <PageHeader title={session.person.name} description={session.person.email} />
      <div className="flex flex-col gap-6">
        <Card>
          <CardHeader
            title="Open sessions"
            description="A session ends an hour after the last thing done in it, and twelve hours after sign-in at the latest."
          />
          <CardBody>
            <SessionsTable sessions={sessions} revoke={revokeSessionAction} />
          </CardBody>
        </Card>
        <Card>
          <CardHeader title="Password" description="Changing it ends every other session of yours." />
          <CardBody>
            <ChangePasswordForm action={changePasswordAction} email={session.person.email} />
          </CardBody>
        </Card>
      </div>
    </Page>
  );
}
