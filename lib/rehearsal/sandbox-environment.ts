import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";

/** The environment of the sandbox. */
export type SandboxEnvironment = {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly colour: string;
};

/** The sandbox's environment, or null where there is none or it was archived. */
export async function findSandboxEnvironment(): Promise<SandboxEnvironment | null> {
  return database().environment.findFirst({
    where: { sandbox: true, archivedAt: null },
    select: { id: true, name: true, tier: true, colour: true },
  });
}

/** The sandbox's environment. @throws AppError `not-found` where there is none or it was archived */
export async function requireSandboxEnvironment(): Promise<SandboxEnvironment> {
  const found = await findSandboxEnvironment();
  if (found !== null) return found;
  throw new AppError(
    "not-found",
    "There is no sandbox here. Start Lockstep without --no-sandbox, or restore its environment if it was archived.",
  );
}
