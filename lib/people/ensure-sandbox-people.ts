import { randomBytes } from "node:crypto";

import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { isLoopbackHost } from "#lib/people/loopback.ts";
import { setPassword } from "#lib/people/password.ts";
import type { Role } from "#lib/people/schema.ts";

/** One account of the sandbox, with the password that is known this once. */
export type SandboxPerson = { readonly name: string; readonly email: string; readonly password: string };

const PEOPLE: readonly { name: string; email: string; roles: readonly Role[] }[] = [
  { name: "Olive Operator", email: "operator@sandbox.localhost", roles: ["operator", "auditor"] },
  { name: "Avery Approver", email: "approver@sandbox.localhost", roles: ["approver"] },
  { name: "Vic Viewer", email: "viewer@sandbox.localhost", roles: ["viewer"] },
];

/**
 * Makes sure that the sandbox's people exist, with grants on the sandbox's environment alone and new random passwords, and
 * returns them for the launcher to print; their sessions end. Only while the console listens on loopback: otherwise they are
 * deactivated, and the answer is empty.
 * @throws AppError `forbidden` for anybody but the system
 */
export async function ensureSandboxPeople(
  ctx: Context,
  input: { readonly environmentId: string },
): Promise<readonly SandboxPerson[]> {
  if (!isLoopbackHost(process.env["LOCKSTEP_HOST"])) {
    await removeSandboxPeople(ctx);
    return [];
  }
  return transact(
    ctx,
    {
      action: "ensure-sandbox-people",
      subject: { kind: "console", id: null, name: "sandbox people" },
      environmentId: input.environmentId,
      input,
      allow: async (tx) => requireSystem(tx, ctx),
      conclude: (made: readonly SandboxPerson[]) => ({ outcome: { people: made.map(({ email }) => email) } }),
    },
    async (tx) => {
      const made: SandboxPerson[] = [];
      for (const person of PEOPLE) made.push(await ensureOne(tx, person, input.environmentId));
      return made;
    },
  );
}

/**
 * Deactivates the sandbox's people and ends their sessions, for a console without a sandbox or off loopback. Does, and
 * records, nothing when there are none.
 * @throws AppError `forbidden` for anybody but the system
 */
export async function removeSandboxPeople(ctx: Context): Promise<void> {
  if ((await database().person.count({ where: { sandbox: true, deactivatedAt: null } })) === 0) return;
  await transact(
    ctx,
    {
      action: "remove-sandbox-people",
      subject: { kind: "console", id: null, name: "sandbox people" },
      allow: async (tx) => requireSystem(tx, ctx),
      conclude: (deactivated: number) => ({ outcome: { deactivated } }),
    },
    async (tx) => {
      await tx.session.deleteMany({ where: { person: { sandbox: true } } });
      return tx.$executeRaw`UPDATE person SET deactivated_at = now() WHERE sandbox AND deactivated_at IS NULL`;
    },
  );
}

async function ensureOne(
  tx: Tx,
  wanted: (typeof PEOPLE)[number],
  environmentId: string,
): Promise<SandboxPerson> {
  const { name, email } = wanted;
  const person = await tx.person.upsert({
    where: { email },
    create: { name, email, sandbox: true },
    update: { name, sandbox: true, deactivatedAt: null },
  });
  await tx.session.deleteMany({ where: { userId: person.id } });
  await tx.roleGrant.deleteMany({ where: { personId: person.id } });
  await tx.roleGrant.createMany({
    data: wanted.roles.map((role) => ({ personId: person.id, role, environmentId })),
  });
  const password = randomBytes(12).toString("base64url");
  await setPassword(tx, person.id, password);
  return { name, email, password };
}

async function requireSystem(tx: Tx, ctx: Context): Promise<void> {
  await requireRole(tx, ctx, ["administrator"], null);
  if (ctx.actor.kind !== "system")
    throw new AppError("forbidden", "Only the launcher makes the sandbox's people.");
}
