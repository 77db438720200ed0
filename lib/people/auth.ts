import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";

import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import { sessionOpener } from "#lib/people/session-opener.ts";
import { deriveKey } from "#lib/secrets/keys.ts";

/** How long a session lives at most, and how long without anything done in it. Source: issue 3, part 2 */
export const SESSION_SECONDS_MAX = 12 * 60 * 60;
export const SESSION_IDLE_SECONDS = 60 * 60;

/** The header in which the verbs hand better-auth the source address that they trust; never taken from a request. */
export const ADDRESS_HEADER = "x-lockstep-source-address";

/**
 * better-auth on the given place of the console's database: bound to an open transaction, whatever it writes is committed with
 * the audit row or not at all. It keeps sessions, cookies and accounts; every way to sign in is a verb of its own that opens
 * the session through `session-opener.ts` (`docs/adr/0006-sessions-on-the-open-transaction.md`). No telemetry, no limiter of its
 * own (`sign-in-throttle.ts` counts in the database). Idle sessions end in `current-session.ts`.
 */
export function authOn(db: Tx) {
  const url = publicUrl();
  return betterAuth({
    appName: "Lockstep",
    baseURL: url.origin,
    basePath: "/api/auth",
    secret: deriveKey("sessions").toString("hex"),
    database: prismaAdapter(db, { provider: "postgresql" }),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    trustedOrigins: [url.origin],
    user: { modelName: "person" },
    session: { expiresIn: SESSION_SECONDS_MAX, disableSessionRefresh: true },
    emailAndPassword: { enabled: false },
    plugins: [sessionOpener],
    advanced: {
      cookiePrefix: "lockstep",
      useSecureCookies: url.protocol === "https:",
      database: { generateId: "uuid" },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
  });
}

let kept: ReturnType<typeof authOn> | undefined;

/** better-auth of this process outside transactions: for reading sessions. */
export function auth(): ReturnType<typeof authOn> {
  kept ??= authOn(database());
  return kept;
}
