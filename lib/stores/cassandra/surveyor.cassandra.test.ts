import { expect, test } from "vitest";

import { TESTED_RELEASES } from "#lib/local-cassandra/testing.ts";
import { assessMove } from "#lib/mover/assess.ts";
import { planSetUp, setUp } from "#lib/mover/set-up.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { commitAndProve, readStart, takeStart } from "#lib/mover/start.ts";
import { memorySide } from "#lib/mover/testing-side.ts";
import { modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { cassandraSurveyor } from "#lib/stores/cassandra/surveyor.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";

function sideAt(target: CassandraTarget): MoveSide {
  return {
    name: target.config.keyspace,
    bound: cassandraBoundStore(target),
    timestamps: { kind: "embedded" },
    surveyor: cassandraSurveyor(target),
    openSource: async () => openCassandraCellSource(target),
    openSink: async () => openCassandraCellSink(target),
  };
}

const SOURCE = modelStore({
  tables: ["app.users", "_transactions", "_transactions2", "_coordination"].map((name) => ({
    name,
    metadata: SOME_METADATA,
    versions: [],
  })),
});

test.each(TESTED_RELEASES)(
  "a pristine keyspace of Cassandra %s is assessed, and gets S and C",
  async (release) => {
    await inKeyspace(release, async (keyspace) => {
      const to = sideAt(targetFor(keyspace));
      const source = memorySide("source", new FakeBoundStore({ state: "readable", bound: 5_000_000n }), {
        store: SOURCE,
      });
      const { findings } = await assessMove(source, to);
      expect(findings.filter(({ level }) => level === "blocking" || level === "unknown")).toEqual([]);
      expect(await to.surveyor.survey()).toMatchObject({
        catalogue: "absent",
        tables: [],
        coordination: { state: "absent" },
        place: { kind: "cassandra", hostIds: [expect.any(String) as string], keyspace: keyspace.name },
      });
      const missing = targetFor({ ...keyspace, name: "Nowhere_yet" });
      const nowhere = await assessMove(source, sideAt(missing));
      const words = nowhere.findings.find(({ id }) => id === "move.catalogue.destination")?.detail ?? "";
      const create = /CREATE KEYSPACE .*;$/.exec(words)?.[0] ?? "";
      expect(create).toContain(`"Nowhere_yet" WITH replication = {'class': 'NetworkTopologyStrategy', 'dc`);
      await keyspace.client.execute(create.replace(/;$/, ""));
      const created = await assessMove(source, sideAt(missing));
      expect(created.findings.filter(({ level }) => level === "blocking" || level === "unknown")).toEqual([]);
      await keyspace.client.execute('DROP KEYSPACE "Nowhere_yet"');
      const again = await assessMove(to, to);
      expect(again.findings.find(({ id }) => id === "move.overlap")?.level).toBe("blocking");

      const [reader, sink] = [await source.openSource(), await to.openSink()];
      await setUp(reader, sink, await planSetUp(reader, sink));
      await sink.close();
      const start = await takeStart(source, to);
      expect(start.start).toBeGreaterThan(5_000_000n);
      expect(await readStart(to, start)).toEqual({ state: "absent" });
      await commitAndProve(to, start);
      await commitAndProve(to, start);
      expect(await readStart(to, start)).toEqual({ state: "committed" });
      expect((await to.bound.readBound()).state).toEqual({ state: "readable", bound: start.commit });
      expect((await takeStart(source, to)).start).toBeGreaterThan(start.commit);
    });
  },
);
