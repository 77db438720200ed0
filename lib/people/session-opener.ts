import { createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";

import { InvariantError } from "#lib/errors.ts";

/**
 * A plugin of better-auth with one call and no address: opens a session for a person whom the verbs have recognised, by
 * password, passkey, second factor or provider. Each way has its own file; better-auth keeps sessions and cookies.
 */
export const sessionOpener = {
  id: "session-opener",
  endpoints: {
    openSession: createAuthEndpoint.serverOnly(
      { method: "POST", body: z.strictObject({ personId: z.uuid() }) },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.personId);
        if (user === null) throw new InvariantError("a session for a person who does not exist");
        const session = await ctx.context.internalAdapter.createSession(user.id);
        await setSessionCookie(ctx, { session, user });
        return { sessionId: session.id };
      },
    ),
  },
} as const;
