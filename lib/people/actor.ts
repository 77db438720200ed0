import { z } from "zod";

/**
 * Who acts: a signed-in person, a program with a person's API token, the worker in its duties, or the system itself (first start,
 * launcher, command line). A token's `environmentIds` null: every environment that its owner may read.
 */
export const actor = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("person"), id: z.string(), name: z.string(), email: z.string() }),
  z.strictObject({
    kind: z.literal("token"),
    id: z.string(),
    name: z.string(),
    owner: z.strictObject({ id: z.string(), name: z.string() }),
    environmentIds: z.array(z.string()).nullable(),
  }),
  z.strictObject({ kind: z.literal("worker"), id: z.string() }),
  z.strictObject({ kind: z.literal("system"), id: z.string() }),
]);
export type Actor = z.infer<typeof actor>;

/**
 * Whoever has not signed in yet: signs in, redeems links, and holds no role anywhere. Shown as `visitor` in the audit log
 * until the act itself finds out who it is.
 */
export const VISITOR = { kind: "system", id: "visitor" } as const satisfies Actor;

/** The name of whoever acts for the audit log; a token's says whose it is. */
export function auditName(who: Actor): string {
  switch (who.kind) {
    case "person":
      return who.name;
    case "token":
      return `${who.name} (token of ${who.owner.name})`;
    case "worker":
    case "system":
      return who.id;
  }
}

/** What every verb is called with: who acts, from which address, and the request that its log lines and audit rows share. */
export type Context = {
  readonly actor: Actor;
  readonly sourceAddress: string | null;
  readonly requestId: string;
  /** The session that a person acts in; machines and visitors have none. */
  readonly sessionId?: string;
};
