import path from "node:path";
import { parseArgs } from "node:util";
import { AppError } from "#lib/errors.ts";
import { systemContext } from "#lib/processes/system-context.ts";
import { keepYoungGenerationSmall } from "#lib/processes/young-generation.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const HELP = `npm run -s lockstep -- command [options]

  recovery-link --email ADDRESS   a one-time link with which this person sets a new password
                [--reset-second-factor]  and takes the second factor away that they lost
  audit verify                    checks the hash chain of the whole audit log; exit code 2 names the first bad row
  copy STAGE                      copies a store into another, with no console running; see copy --help
  help                            this text

  --data-dir DIR                  the data folder of the running Lockstep     .lockstep`;

const OPTIONS = {
  "data-dir": { type: "string" },
  email: { type: "string" },
  "reset-second-factor": { type: "boolean", default: false },
  help: { type: "boolean" },
} as const;
const say = (line: string) => void process.stdout.write(`${line}\n`);

type Options = {
  readonly dataDir: string;
  readonly email: string | undefined;
  readonly resetSecondFactor: boolean;
};

/** Each command with what it does; the answer is the exit code. The product is loaded only after the environment is set. */
const COMMANDS: Readonly<Record<string, (options: Options) => Promise<number>>> = {
  "recovery-link": async ({ email, resetSecondFactor }) => {
    if (email === undefined) throw new AppError("invalid", "recovery-link needs --email ADDRESS.");
    const { createRecoveryLink } = await import("#lib/people/create-recovery-link.ts");
    const { createRecoveryLinkInput } = await import("#lib/people/schema.ts");
    const input = createRecoveryLinkInput.safeParse({ email, resetSecondFactor });
    if (!input.success) throw new AppError("invalid", `${email} is no e-mail address.`);
    const link = await createRecoveryLink(systemContext("command-line"), input.data);
    say(`Open this link to set a new password. It works once, until ${link.expiresAt}:\n  ${link.url}`);
    return 0;
  },
  "audit verify": async () => {
    const { verifyAudit } = await import("#lib/audit/verify-audit.ts");
    const verdict = await verifyAudit(systemContext("command-line"));
    if (verdict.ok) {
      say(`The audit log is whole: ${verdict.head.sequence} entries, last hash ${verdict.head.hash}.`);
      return 0;
    }
    say(
      `Audit entry ${verdict.fault.sequence} is bad: ${verdict.fault.reason} Everything before it is whole.`,
    );
    return 2;
  },
};

async function main(): Promise<number> {
  if (process.argv[2] === "copy") {
    keepYoungGenerationSmall();
    const { copyOnTerminal } = await import("#lib/processes/copy-terminal.ts");
    return copyOnTerminal(process.argv.slice(3), ROOT);
  }
  const { values, positionals } = readArguments();
  const name = positionals.join(" ");
  if (values.help === true || name === "help" || name === "") {
    say(HELP);
    return 0;
  }
  const command = COMMANDS[name];
  if (command === undefined) throw new AppError("invalid", `There is no command ${name}.\n\n${HELP}`);
  const dataDir = path.resolve(ROOT, values["data-dir"] ?? ".lockstep");
  const { ensureGenerated } = await import("#lib/processes/generate.ts");
  const { environmentOfRunning } = await import("#lib/processes/running-console.ts");
  await ensureGenerated(ROOT);
  Object.assign(process.env, await environmentOfRunning(dataDir, process.env));
  const code = await command({
    dataDir,
    email: values.email,
    resetSecondFactor: values["reset-second-factor"],
  });
  const { database } = await import("#lib/db/client.ts");
  await database().$disconnect();
  return code;
}

function readArguments() {
  try {
    return parseArgs({ args: process.argv.slice(2), options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : "";
    throw new AppError("invalid", `${what}.\n\n${HELP}`, { cause });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
