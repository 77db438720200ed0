import { database } from "#lib/db/client.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { FAULT_CHUNKS, faultStore } from "#lib/stores/cassandra/testing-faults.ts";

// One worker of a copy into Cassandra, for tests that kill and freeze it, with DATABASE_URL:
// node testing-copy-process.ts RUN WORKER HOST PORT DATA-CENTRE KEYSPACE USER PASSWORD
const [
  runId = "",
  worker = "",
  host = "",
  port = "",
  localDataCenter = "",
  keyspace = "",
  user = "",
  password = "",
] = process.argv.slice(2);
const config = cassandraStoreConfig.parse({
  contactPoints: [{ host, port: Number(port) }],
  localDataCenter,
  keyspace,
  user,
  password,
  tls: { mode: "off" },
});
const sink = await openCassandraCellSink({ config });
const end = await runCopy({
  source: new MemorySource(faultStore(), { cutEvery: 1_500 }),
  sink,
  ledger: openConsoleLedger(runId),
  worker,
  onProgress: ({ kind }) => void process.stdout.write(`${kind}\n`),
  signal: new AbortController().signal,
  whenIdle: "wait",
  limits: FAULT_CHUNKS,
  times: { ...LANE_TIMES, idleMs: 50, renewMs: 500, retryFirstMs: 50 },
});
await Promise.all([sink.close(), database().$disconnect()]);
process.stdout.write(`end ${end}\n`);
