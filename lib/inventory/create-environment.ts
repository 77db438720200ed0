import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { withUniqueName } from "#lib/inventory/locked-rows.ts";
import type { CreateEnvironmentInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

const PUNCH_WINDOW_SECONDS = 120;

/**
 * Adds an environment; needs an administrator on all environments.
 * @throws AppError `forbidden`, `conflict` (the name is taken), `invalid` (a quiet window that proves nothing)
 */
export async function createEnvironment(
  ctx: Context,
  input: CreateEnvironmentInput,
): Promise<{ id: string }> {
  requireQuietWindow(false, input.quietWindowSeconds);
  return insert(ctx, input, false);
}

/**
 * Adds the rehearsal environment, which is marked as such for good; for the system alone. Its quiet window may be short: the simulated
 * services punch often.
 * @throws AppError `conflict` (the name is taken)
 */
export async function createSandboxEnvironment(
  ctx: Context,
  input: CreateEnvironmentInput,
): Promise<{ id: string }> {
  if (ctx.actor.kind !== "system") throw new InvariantError("only the system makes a sandbox");
  return insert(ctx, input, true);
}

async function insert(
  ctx: Context,
  input: CreateEnvironmentInput,
  sandbox: boolean,
): Promise<{ id: string }> {
  const id = randomUUID();
  return transact(
    ctx,
    {
      action: "create-environment",
      subject: { kind: "environment", id, name: input.name },
      environmentId: id,
      input,
      allow: async (tx) => requireRole(tx, ctx, ["administrator"], null),
    },
    async (tx) => {
      await withUniqueName("environment", input.name, async () =>
        tx.environment.create({ data: { id, ...input, sandbox } }),
      );
      return { id };
    },
  );
}

/**
 * A service that punches once a minute looks quiet in between: outside the sandbox the window spans two punches.
 * @throws AppError `invalid`. Source: runbooks section 1 (stop proof)
 */
export function requireQuietWindow(sandbox: boolean, seconds: number): void {
  if (sandbox || seconds >= PUNCH_WINDOW_SECONDS) return;
  const words = `At least ${PUNCH_WINDOW_SECONDS} seconds: an idle service writes about once a minute and looks stopped in between.`;
  throw new AppError("invalid", words, { fields: { quietWindowSeconds: words } });
}
