import * as actions from "#app/(console)/account/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { AccountSecurity } from "#components/people/account-security.tsx";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getSignInMethods } from "#lib/people/get-sign-in-methods.ts";
import { listRecentSignIns } from "#lib/people/list-recent-sign-ins.ts";
import { listSessions } from "#lib/people/list-sessions.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Account security");

const securityActions: SecurityActions = {
  changePassword: actions.changePasswordAction,
  revokeSession: actions.revokeSessionAction,
  beginTotp: actions.beginTotpAction,
  confirmTotp: actions.confirmTotpAction,
  removeTotp: actions.removeTotpAction,
  renewRecoveryCodes: actions.renewRecoveryCodesAction,
  beginPasskey: actions.beginPasskeyAction,
  registerPasskey: actions.registerPasskeyAction,
  renamePasskey: actions.renamePasskeyAction,
  removePasskey: actions.removePasskeyAction,
};

export default async function AccountSecurityPage() {
  const { context, session } = await requirePageContext();
  const [methods, sessions, signIns] = await Promise.all([
    getSignInMethods(context),
    listSessions(context, session.sessionId),
    listRecentSignIns(context),
  ]);
  const { name, email } = session.person;
  return (
    <Page crumbs={[{ label: "Account" }, { label: "Security" }]} width="narrow">
      <PageHeader title={name} description={email} />
      <AccountSecurity
        email={email}
        methods={methods}
        sessions={sessions}
        signIns={signIns}
        actions={securityActions}
      />
    </Page>
  );
}
