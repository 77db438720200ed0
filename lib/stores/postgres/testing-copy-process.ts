import { database } from "#lib/db/client.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { openStores } from "#lib/stores/postgres/testing-copy.ts";

// One process that copies, for tests that kill and freeze it: node testing-copy-process.ts SOURCE DESTINATION STATE-FOLDER, or with
// "console" for the folder and DATABASE_URL: one worker of the run "workers".
const [source = "", destination = "", folder = ""] = process.argv.slice(2);
const isWorker = folder === "console";
const stores = openStores({ source, destination });
const ledger = isWorker ? openConsoleLedger("workers") : await openFileLedger(folder);
const end = await runCopy({
  ...stores,
  ledger,
  worker: `process ${process.pid}`,
  onProgress: (event) => {
    process.stdout.write(`${event.kind}\n`);
    if (event.kind === "failed") process.stderr.write(`${event.failure.message}\n`);
  },
  signal: new AbortController().signal,
  whenIdle: isWorker ? "wait" : "leave",
  limits: { versions: 300, bytes: 1_000_000, ms: 60_000 },
  times: { ...LANE_TIMES, idleMs: 20, renewMs: 500, retryFirstMs: 20 },
});
await ledger.close();
for (const store of Object.values(stores)) await store.close();
if (isWorker) await database().$disconnect();
process.stdout.write(`end ${end}\n`);
