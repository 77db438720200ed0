import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { requireSandboxEnvironment } from "#lib/rehearsal/sandbox-environment.ts";
import { sendSandboxCommand } from "#lib/rehearsal/sandbox-client.ts";
import type { SandboxCommand } from "#lib/rehearsal/schema.ts";

/**
 * Lets the sandbox do one thing; needs an operator or administrator of its environment. The order is on record before it is sent.
 * @throws AppError `forbidden`, `not-found` (no sandbox), `conflict` (the sandbox refuses), `unavailable` (it does not answer)
 */
export async function commandSandbox(ctx: Context, command: SandboxCommand): Promise<void> {
  const environment = await requireSandboxEnvironment();
  await transact(
    ctx,
    {
      action: "command-sandbox",
      subject: { kind: "environment", id: environment.id, name: environment.name },
      environmentId: environment.id,
      input: command,
      allow: async (tx) => requireRole(tx, ctx, ["operator", "administrator"], environment.id),
    },
    async () => undefined,
  );
  await sendSandboxCommand(command);
}
