import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor } from "#lib/stores/postgres/testing.ts";

// One process that copies, for tests that kill it: node testing-copy-process.ts SOURCE DESTINATION STATE-FOLDER
const [from = "", to = "", folder = ""] = process.argv.slice(2);
const source = postgresCellSource({ config: configFor(from) });
const sink = postgresCellSink({ config: configFor(to) });
const ledger = await openFileLedger(folder);
const end = await runCopy({
  source,
  sink,
  ledger,
  worker: `process ${process.pid}`,
  onProgress: (event) => {
    if (event.kind === "chunk") process.stdout.write("chunk\n");
    if (event.kind === "failed") process.stderr.write(`${event.failure.message}\n`);
  },
  signal: new AbortController().signal,
  whenIdle: "leave",
  limits: { versions: 300, bytes: 1_000_000, ms: 60_000 },
  times: { ...LANE_TIMES, idleMs: 20, retryFirstMs: 20 },
});
await Promise.all([ledger.close(), source.close(), sink.close()]);
process.stdout.write(`end ${end}\n`);
