import { redirect } from "next/navigation";

import * as actions from "#app/(auth)/actions.ts";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import type { SignInActions } from "#components/people/sign-in-actions.ts";
import { SignInForm } from "#components/people/sign-in-form.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getPendingSignIn, pendingCookieName } from "#lib/people/pending-sign-in.ts";
import { getSignInProvider } from "#lib/people/get-sign-in-provider.ts";
import { readRefusal } from "#lib/web/run-oidc-callback.ts";
import { isSignedIn, readCookie } from "#lib/web/session.ts";
import { safeNextPath } from "#lib/web/sign-in-path.ts";

export const metadata = pageMetadata("Sign in");

const signInActions: SignInActions = {
  signIn: actions.signInAction,
  complete: actions.completeSignInAction,
  beginPasskeyCompletion: actions.beginPasskeyCompletionAction,
  completeWithPasskey: actions.completeSignInWithPasskeyAction,
  cancel: actions.cancelSignInAction,
  beginPasskey: actions.beginPasskeySignInAction,
  signInWithPasskey: actions.signInWithPasskeyAction,
  beginProvider: actions.beginOidcSignInAction,
};

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[] }>;
}) {
  const { next } = await searchParams;
  const path = safeNextPath(typeof next === "string" ? next : null);
  if (await isSignedIn()) redirect(path);
  return (
    <div>
      <PageHeader title="Sign in" description="Accounts are made by an administrator, who sends a link." />
      <SignInForm
        actions={signInActions}
        next={path}
        pending={await getPendingSignIn(await readCookie(pendingCookieName()))}
        provider={await getSignInProvider()}
        refusal={await readRefusal()}
      />
    </div>
  );
}
