import { deserialize } from "node:v8";

import { database } from "#lib/db/client.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { FAULT_CHUNKS, faultStore } from "#lib/stores/cassandra/testing-faults.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { configFor } from "#lib/stores/postgres/testing.ts";

// One worker of a copy into Cassandra, or out of it into Postgres, for tests that kill and freeze it, with DATABASE_URL:
// node testing-copy-process.ts RUN WORKER CONFIG [POSTGRES-URL]; CONFIG is the Cassandra store's, serialised, in base64
const [runId = "", worker = "", given = "", postgres] = process.argv.slice(2);
const config = cassandraStoreConfig.parse(deserialize(Buffer.from(given, "base64")));
const stores =
  postgres === undefined
    ? {
        source: new MemorySource(faultStore(), { cutEvery: 1_500 }),
        sink: await openCassandraCellSink({ config }),
      }
    : {
        source: await openCassandraCellSource({ config }),
        sink: postgresCellSink({ config: configFor(postgres) }),
      };
const end = await runCopy({
  ...stores,
  ledger: openConsoleLedger(runId),
  worker,
  onProgress: ({ kind }) => void process.stdout.write(`${kind}\n`),
  signal: new AbortController().signal,
  whenIdle: "wait",
  limits: FAULT_CHUNKS,
  times: { ...LANE_TIMES, idleMs: 50, renewMs: 500, retryFirstMs: 50 },
});
await Promise.all([stores.source.close(), stores.sink.close(), database().$disconnect()]);
process.stdout.write(`end ${end}\n`);
