import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase, withDatabase } from "#lib/db/testing.ts";
import { assessMove } from "#lib/mover/assess.ts";
import { planSetUp, setUp } from "#lib/mover/set-up.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { commitAndProve, readStart, takeStart } from "#lib/mover/start.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { postgresSurveyor } from "#lib/stores/postgres/surveyor.ts";
import { configFor, restoreGolden, run, withSession } from "#lib/stores/postgres/testing.ts";
import { type FaultProxy, startFaultProxy } from "#lib/stores/postgres/testing-proxy.ts";

const ROLE = "store_survey_reader";

let source: TestDatabase;
let empty: TestDatabase;
let proxy: FaultProxy;

beforeAll(async () => {
  source = await createEmptyDatabase();
  empty = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
  const { host, port } = configFor(empty.superuserUrl);
  proxy = await startFaultProxy({ host, port });
  await run(
    source.superuserUrl,
    `DROP ROLE IF EXISTS ${ROLE}`,
    `CREATE ROLE ${ROLE} LOGIN PASSWORD 'reader'`,
    `GRANT SELECT ON _metadata, _timestamp TO ${ROLE}`,
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC",
  );
});
afterAll(async () => {
  await proxy.stop();
  const { superuserUrl } = source;
  await source.drop();
  await empty.drop();
  await run(withDatabase(superuserUrl, "postgres"), `DROP ROLE ${ROLE}`);
});

function asReader(url: string): string {
  const changed = new URL(url);
  changed.username = ROLE;
  changed.password = "reader";
  return changed.href;
}

function sideAt(name: string, url: string, more: { host?: string; port?: number } = {}): MoveSide {
  const target = { config: configFor(url, more) };
  return {
    name,
    bound: postgresBoundStore(target),
    timestamps: { kind: "embedded" },
    surveyor: postgresSurveyor(target),
    openSource: async () => postgresCellSource(target),
    openSink: async () => postgresCellSink(target),
  };
}

async function odd(from: MoveSide, to: MoveSide): Promise<readonly string[]> {
  const { findings } = await assessMove(from, to);
  return findings
    .filter(({ level }) => level === "blocking" || level === "unknown")
    .map(({ id, level }) => `${id} ${level}`);
}

describe("a survey", () => {
  test("of the real AtlasDB store accounts for every relation", async () => {
    const survey = await sideAt("source", source.superuserUrl).surveyor.survey();
    expect(survey.tables.length).toBeGreaterThan(10);
    expect(survey).toMatchObject({
      catalogue: "present",
      missing: [],
      strangers: [],
      otherPrefixes: [],
      unreadable: [],
      undroppable: [],
      mayCreate: true,
      serverTransactions: { prepared: 0, writing: 0 },
    });
  });

  test("of an empty database finds a pristine destination", async () => {
    const survey = await sideAt("empty", empty.superuserUrl).surveyor.survey();
    expect(survey).toMatchObject({ catalogue: "absent", tables: [], strangers: [], mayCreate: true });
  });

  test("says what our user may not do, and that it does not see who writes", async () => {
    await withSession(source.superuserUrl, async (other) => {
      await other.query("BEGIN");
      await other.query("SELECT pg_current_xact_id()");
      const survey = await sideAt("source", asReader(source.superuserUrl)).surveyor.survey();
      expect(survey.unreadable).toEqual(survey.tables.map(({ name }) => name));
      expect(survey.undroppable).toEqual(survey.unreadable);
      expect(survey).toMatchObject({ mayCreate: false, serverTransactions: { prepared: 0, writing: null } });
      expect(survey.place).toMatchObject({ system: null });
      const seen = await sideAt("source", source.superuserUrl).surveyor.survey();
      expect(seen.serverTransactions).toEqual({ prepared: 0, writing: 1 });
    });
  });
});

describe("an assessment of real stores", () => {
  test("finds nothing in the way from the golden store to an empty database, and changes neither", async () => {
    const [from, to] = [sideAt("source", source.superuserUrl), sideAt("empty", empty.superuserUrl)];
    const found = await assessMove(from, to);
    expect(found.findings.filter(({ level }) => level !== "pass" && level !== "warning")).toEqual([]);
    expect(found.dropped).toEqual([]);
    expect(found.total.cells).toBeGreaterThan(100);
    expect((await to.surveyor.survey()).catalogue).toBe("absent");
  });

  test("knows one store under two names, whoever asks and whatever the server hides", async () => {
    const from = sideAt("source", source.superuserUrl);
    const byName = sideAt("source", source.superuserUrl, { host: "localhost" });
    expect(await odd(from, byName)).toContain("move.overlap blocking");
    const hidden = sideAt("source", asReader(source.superuserUrl), { host: "localhost" });
    expect(await odd(from, hidden)).toContain("move.overlap blocking");
  });

  test("sees another service's prefix in the catalogue's schema, and names that are taken", async () => {
    const shared = await createEmptyDatabase();
    try {
      await run(
        shared.superuserUrl,
        "CREATE TABLE b__timestamp (legacy_last_allocated int8 NOT NULL)",
        "CREATE TABLE _transactions (id int)",
      );
      const found = await odd(sideAt("source", source.superuserUrl), sideAt("shared", shared.superuserUrl));
      expect(found).toContain("move.catalogue.destination blocking");
      expect(found).toContain("move.names blocking");
    } finally {
      await shared.drop();
    }
  });

  test("lists what is dropped with its rows", async () => {
    const used = await createEmptyDatabase();
    try {
      await restoreGolden(used.superuserUrl, "source");
      const { dropped } = await assessMove(
        sideAt("source", source.superuserUrl),
        sideAt("used", used.superuserUrl),
      );
      expect(dropped.length).toBeGreaterThan(5);
      expect(dropped.every(({ versions }) => versions !== null)).toBe(true);
      expect(dropped.some(({ versions }) => versions !== null && versions > 0)).toBe(true);
    } finally {
      await used.drop();
    }
  });
});

describe("S and C on real stores", () => {
  test("are proven though the answers to both commits are lost", async () => {
    const from = sideAt("source", source.superuserUrl);
    const to = sideAt("empty", empty.superuserUrl, { port: proxy.port });
    const [reader, sink] = [await from.openSource(), await to.openSink()];
    await setUp(reader, sink, await planSetUp(reader, sink));
    await reader.close();
    await sink.close();

    const before = await from.bound.readBound();
    proxy.breakNext({ kind: "swallow", statement: /\bCOMMIT\b/ });
    const start = await takeStart(from, to);
    expect(start.start).toBeGreaterThan(start.x);
    expect((await to.bound.readBound()).state).toEqual({ state: "readable", bound: start.commit });
    expect((await from.bound.readBound()).state).toEqual(before.state);

    expect(await readStart(to, start)).toEqual({ state: "absent" });
    // Our own tables are there from now on, so that the next commit is the entry's.
    await commitAndProve(to, { start: 3n, commit: 4n });
    proxy.breakNext({ kind: "swallow", statement: /\bCOMMIT\b/ });
    await commitAndProve(to, start);
    await commitAndProve(to, start);
    expect(await readStart(to, start)).toEqual({ state: "committed" });
    const { rows } = await withSession(empty.superuserUrl, async (client) =>
      client.query("SELECT 1 FROM _transactions"),
    );
    expect(rows).toHaveLength(2);

    const again = await takeStart(from, to);
    expect(again.start).toBeGreaterThan(start.commit);
    expect((await readStart(to, again)).state).toBe("absent");
  });

  test("are refused where somebody rolled S back", async () => {
    const to = sideAt("empty", empty.superuserUrl);
    const pair = { start: 5n, commit: 6n };
    await run(
      empty.superuserUrl,
      "INSERT INTO _transactions VALUES ('\\x05', '\\x74', 0, '\\xff80ffffffffffffffff')",
    );
    await expect(commitAndProve(to, pair)).rejects.toThrow(/Start over/);
    expect((await readStart(to, pair)).state).toBe("other");
  });
});
