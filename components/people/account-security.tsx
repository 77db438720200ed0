import { ChangePasswordForm } from "#components/people/change-password-form.tsx";
import { RecentSignIns } from "#components/people/recent-sign-ins.tsx";
import { SecondFactorCards } from "#components/people/second-factor-cards.tsx";
import type { SecurityActions } from "#components/people/security-actions.ts";
import { SessionsTable } from "#components/people/sessions-table.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import type { RecentSignInDto, SessionDto, SignInMethodsDto } from "#lib/people/schema.ts";

interface AccountSecurityProps {
  email: string;
  methods: SignInMethodsDto;
  sessions: readonly SessionDto[];
  signIns: readonly RecentSignInDto[];
  actions: SecurityActions;
}

/** How this account is protected, where it is open, and what happened at its door. */
export function AccountSecurity({ email, methods, sessions, signIns, actions }: AccountSecurityProps) {
  return (
    <div className="flex flex-col gap-6">
      <SecondFactorCards methods={methods} actions={actions} />
      <Card>
        <CardHeader
          title="Password"
          description={
            methods.provider === null
              ? "Changing it ends every other session of yours."
              : `You sign in with the provider: ${methods.provider}.`
          }
        />
        <CardBody>
          {methods.hasPassword ? (
            <ChangePasswordForm action={actions.changePassword} email={email} />
          ) : (
            <p className="text-base text-ink-muted">You use none here.</p>
          )}
        </CardBody>
      </Card>
      <Card>
        <CardHeader
          title="Open sessions"
          description="A session ends an hour after the last thing done in it, and twelve hours after sign-in at the latest."
        />
        <CardBody>
          <SessionsTable sessions={sessions} revoke={actions.revokeSession} />
        </CardBody>
      </Card>
      <Card>
        <CardHeader
          title="Recent sign-ins"
          description="From the audit log, the latest twenty. Is one not yours? End the sessions above, change the password, and tell an administrator."
        />
        <CardBody>
          <RecentSignIns signIns={signIns} />
        </CardBody>
      </Card>
    </div>
  );
}
