import { createTestKeyspace, TESTED_RELEASES } from "#lib/local-cassandra/testing.ts";
import { CASSANDRA_SCOPE, describeBoundStoreContract } from "#lib/stores/bound-store-contract.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import {
  configFor,
  createTable,
  dropTable,
  generationFor,
  valuesFor,
  writeValues,
} from "#lib/stores/cassandra/testing.ts";
import { startFaultProxy } from "#lib/stores/cassandra/testing-proxy.ts";
import type { BoundState } from "#lib/stores/schema.ts";

for (const release of TESTED_RELEASES) {
  describeBoundStoreContract(
    `cassandra ${release}`,
    async () => {
      const { server, name, client, drop } = await createTestKeyspace(release, "network");
      const generation = generationFor(release);
      const { tls } = server;
      const proxy = await startFaultProxy({
        host: server.host,
        port: server.port,
        tls: tls === null ? null : { ca: [tls.ca], cert: tls.client.cert, key: tls.client.key },
      });
      const config = configFor(server, name, {
        contactPoints: [{ host: "127.0.0.1", port: proxy.port }],
        tls: { mode: "off" },
      });
      let exists = false;
      const place = async (state: BoundState, own = true) => {
        if (state.state === "no-table" || !own) {
          if (exists) await dropTable(client, name);
          exists = false;
        }
        if (state.state === "no-table") return;
        if (!exists) await createTable(client, name, generation, own);
        exists = true;
        await writeValues(client, name, valuesFor(state));
      };
      const real = cassandraBoundStore({ config });
      // A write from no table leaves one.
      const seen = async <T>(work: Promise<T>): Promise<T> => {
        const result = await work;
        if (!exists) exists = (await real.readBound()).identity.tableId !== null;
        return result;
      };
      const statement = /APPLY BATCH/;
      return {
        store: {
          ...real,
          invalidate: (guard) => seen(real.invalidate(guard)),
          restore: (guard, to) => seen(real.restore(guard, to)),
        },
        place,
        recreate: (state) => place(state, false),
        async breakNext(fault) {
          if (fault === "unreachable") proxy.breakNext({ kind: "refuse" });
          if (fault === "lost-before-commit") proxy.breakNext({ kind: "drop", statement });
          if (fault === "lost-answer") proxy.breakNext({ kind: "swallow", statement });
          if (fault === "write-timeout") proxy.breakNext({ kind: "answer", statement, code: 0x1100 });
        },
        async stop() {
          await proxy.stop();
          await drop();
        },
      };
    },
    CASSANDRA_SCOPE,
  );
}
