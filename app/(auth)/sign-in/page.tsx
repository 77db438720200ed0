import { redirect } from "next/navigation";

import { signInAction } from "#app/(auth)/actions.ts";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { SignInForm } from "#components/people/sign-in-form.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { isSignedIn } from "#lib/web/session.ts";
import { safeNextPath } from "#lib/web/sign-in-path.ts";

export const metadata = pageMetadata("Sign in");

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
      <SignInForm action={signInAction} next={path} />
    </div>
  );
}
