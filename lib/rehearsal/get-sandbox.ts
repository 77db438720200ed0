import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";
import { readSandboxStatus } from "#lib/rehearsal/sandbox-client.ts";
import { requireSandboxEnvironment } from "#lib/rehearsal/sandbox-environment.ts";
import type { SandboxView } from "#lib/rehearsal/schema.ts";

/** The sandbox as the page shows it; one that does not answer is said to be so. @throws AppError `forbidden`, `not-found` */
export async function getSandbox(ctx: Context): Promise<SandboxView> {
  const { id, name } = await requireSandboxEnvironment();
  const environment = { id, name };
  await authoriseRead(ctx, environment.id);
  const canOperate = await hasRole(ctx, ["operator", "administrator"], environment.id);
  try {
    return { environment, status: await readSandboxStatus(), problem: null, canOperate };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "unavailable")) throw error;
    return { environment, status: null, problem: error.message, canOperate };
  }
}
