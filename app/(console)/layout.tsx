import { cookies } from "next/headers";
import type { ReactNode } from "react";

import { renewSessionAction, signOutAction } from "#app/(auth)/actions.ts";
import {
  beginPasskeyConfirmationAction,
  confirmIdentityAction,
  confirmIdentityWithPasskeyAction,
} from "#app/(console)/account/actions.ts";
import { AppFrame } from "#components/frame/app-frame.tsx";
import type { PaletteEntry } from "#components/frame/command-palette.tsx";
import { NAVIGATION_COOKIE, THEME_COOKIE, themeOf } from "#components/frame/preferences.ts";
import { SessionNotice } from "#components/frame/session-notice.tsx";
import { ConfirmIdentityProvider } from "#components/people/confirm-identity-provider.tsx";
import { AUDIT_READERS } from "#lib/audit/list-audit-entries.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { getSignInMethods } from "#lib/people/get-sign-in-methods.ts";
import { requirePageContext } from "#lib/web/session.ts";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { context, session } = await requirePageContext();
  const [jar, hidden, palette, methods] = await Promise.all([
    cookies(),
    hiddenPlaces(context),
    paletteEntries(context),
    getSignInMethods(context),
  ]);
  return (
    <AppFrame
      person={session.person}
      signOut={signOutAction}
      theme={themeOf(jar.get(THEME_COOKIE)?.value)}
      navigationCollapsed={jar.get(NAVIGATION_COOKIE)?.value === "collapsed"}
      hidden={hidden}
      palette={palette}
    >
      <ConfirmIdentityProvider
        methods={methods}
        confirm={confirmIdentityAction}
        beginPasskey={beginPasskeyConfirmationAction}
        confirmWithPasskey={confirmIdentityWithPasskeyAction}
      >
        {children}
      </ConfirmIdentityProvider>
      <SessionNotice endsAt={session.endsAt.toISOString()} renew={renewSessionAction} />
    </AppFrame>
  );
}

/** Where the palette leads besides the pages: migrations that are not over, and services. */
async function paletteEntries(context: Context): Promise<PaletteEntry[]> {
  const [open, watching, services] = await Promise.all([
    listMigrations(context, { state: "open" }),
    listMigrations(context, { state: "watching" }),
    listServices(context, {}),
  ]);
  const migrations = [...open, ...watching].map(({ id, service, runbookTitle, environment }) => ({
    href: `/migrations/${id}`,
    label: `${service.name} · ${runbookTitle}`,
    group: "Migrations",
    detail: environment.name,
  }));
  const all = services.map(({ id, name, environment }) => ({
    href: `/services/${id}`,
    label: name,
    group: "Services",
    detail: environment.name,
  }));
  return [...migrations, ...all];
}

/** Places that would only refuse this person; the pages check for themselves. */
async function hiddenPlaces(context: Context): Promise<string[]> {
  const readable = await readableEnvironments(context, AUDIT_READERS);
  if (readable === "all") return [];
  return readable.size === 0 ? ["/audit", "/users"] : ["/users"];
}
