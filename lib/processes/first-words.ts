import { runAttached } from "#lib/processes/attach.ts";
import { systemContext } from "#lib/processes/system-context.ts";
import { createSetupLink } from "#lib/people/create-setup-link.ts";
import { ensureSandboxPeople, removeSandboxPeople } from "#lib/people/ensure-sandbox-people.ts";
import { registerSandbox } from "#lib/rehearsal/register-sandbox.ts";
import { CONTROL_FILE_VARIABLE, readSandboxOffer } from "#lib/rehearsal/sandbox-client.ts";

/** What the launcher prints besides the address: the one-time link of the first start, and the sandbox's accounts. */
async function firstWords(): Promise<readonly string[]> {
  const link = await createSetupLink(systemContext("launcher"));
  const lines =
    link === null
      ? []
      : [`Set up the first administrator with this link, once, until ${link.expiresAt}:`, `  ${link.url}`];
  return [...lines, ...(await sandboxLines())];
}

async function sandboxLines(): Promise<readonly string[]> {
  const ctx = systemContext("launcher");
  const isSandboxThere = process.env[CONTROL_FILE_VARIABLE] !== undefined;
  const environmentId = isSandboxThere ? await registerSandbox(ctx, await readSandboxOffer()) : null;
  if (environmentId === null) {
    await removeSandboxPeople(ctx);
    return [];
  }
  const people = await ensureSandboxPeople(ctx, { environmentId });
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
