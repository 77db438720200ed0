import { runAttached } from "#lib/processes/attach.ts";
import { systemContext } from "#lib/processes/system-context.ts";
import { createSetupLink } from "#lib/people/create-setup-link.ts";
import { ensureSandboxPeople, removeSandboxPeople } from "#lib/people/ensure-sandbox-people.ts";
import { findSandboxEnvironment } from "#lib/rehearsal/sandbox-environment.ts";

/** What the launcher prints besides the address: the one-time link of the first start, and the sandbox's accounts. */
async function firstWords(): Promise<readonly string[]> {
  const ctx = systemContext("launcher");
  const link = await createSetupLink(ctx);
  const lines =
    link === null
      ? []
      : [`Set up the first administrator with this link, once, until ${link.expiresAt}:`, `  ${link.url}`];
  return [...lines, ...(await sandboxLines())];
}

async function sandboxLines(): Promise<readonly string[]> {
  const ctx = systemContext("launcher");
  const environment = await findSandboxEnvironment();
  if (environment === null || process.env["LOCKSTEP_SANDBOX_CONTROL_FILE"] === undefined) {
    await removeSandboxPeople(ctx);
    return [];
  }
  const people = await ensureSandboxPeople(ctx, { environmentId: environment.id });
  const width = Math.max(0, ...people.map((person) => person.email.length));
  return [
    "Sandbox accounts, with new passwords for this start:",
    ...people.map(({ email, password, name }) => `  ${email.padEnd(width)}  ${password}  ${name}`),
  ];
}

// A process that only speaks: it ends by itself as soon as the launcher has heard it.
await runAttached("first-words", async () => ({
  ready: { type: "ready", lines: [...(await firstWords())] },
  stop: async () => {},
}));
