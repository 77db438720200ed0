import path from "node:path";
import { parseArgs } from "node:util";

import { AppError } from "#lib/errors.ts";
import { ensureGenerated } from "#lib/processes/generate.ts";
import { environmentOfRunning } from "#lib/processes/running-console.ts";
import { keepYoungGenerationSmall } from "#lib/processes/young-generation.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const HELP = `npm run worker [-- options]     works on copies and comparisons of a Lockstep console, on this machine

Start as many as you like, on as many machines as you like, one for every two processors. Each needs the console's database and its secret
key, and a way to the stores; nothing else is started, and nothing is kept on disk. End it with Ctrl-C: what it holds is given back at its
next checkpoint. One that is killed is followed by the others within a minute, and nothing is lost or copied twice.

  --data-dir DIR   the data folder of a console that runs on this machine, for whatever the environment does not say     .lockstep
  --help           this text

environment
  DATABASE_URL                the console's Postgres, with the role that the console works as
  LOCKSTEP_SECRET_KEY         the console's secret key, or what the file secrets/secret-key of its data folder holds
  LOCKSTEP_ALLOWED_NETWORKS   as the console has it`;

const OPTIONS = { "data-dir": { type: "string" }, help: { type: "boolean" } } as const;

async function main(): Promise<void> {
  const values = readFlags();
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  keepYoungGenerationSmall();
  loadDotEnv();
  delete process.env["LOCKSTEP_OWNER_DATABASE_URL"];
  await ensureGenerated(ROOT);
  if (isMissing("DATABASE_URL") || isMissing("LOCKSTEP_SECRET_KEY")) {
    const dataDir = path.resolve(ROOT, values["data-dir"] ?? ".lockstep");
    Object.assign(process.env, await environmentOfRunning(dataDir, process.env));
  }
  // The product is loaded only after the environment is set.
  const { requireConsole } = await import("#lib/processes/require-console.ts");
  await requireConsole();
  const { runWorker } = await import("#lib/processes/run-worker.ts");
  await runWorker({ duties: "moves", isAlone: true });
  process.stdout.write("This worker waits for copies and comparisons. End it with Ctrl-C.\n");
}

function isMissing(name: string): boolean {
  return (process.env[name] ?? "") === "";
}

function readFlags() {
  try {
    return parseArgs({ options: OPTIONS, strict: true }).values;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : "";
    throw new AppError("invalid", `${what}. See npm run worker -- --help.`, { cause });
  }
}

function loadDotEnv(): void {
  try {
    process.loadEnvFile(path.join(ROOT, ".env"));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
  }
}

try {
  await main();
} catch (error) {
  const words = error instanceof AppError ? error.message : `The worker cannot start: ${String(error)}`;
  process.stderr.write(`${words}\n`);
  process.exit(1);
}
