import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { assessMove } from "#lib/mover/assess.ts";
import { assessment } from "#lib/mover/assess-report.ts";
import { memorySide, type MemorySide } from "#lib/mover/testing-side.ts";
import { type ModelStore, modelStore, type ModelVersion, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import { createFakeTimelock } from "#lib/timelock/fake-timelock.ts";

function version(row: string, timestamp: bigint): ModelVersion {
  return { row: Buffer.from(row), column: Buffer.from("c"), timestamp, value: Buffer.from("value") };
}

const table = (name: string, versions: readonly ModelVersion[] = []) => ({
  name,
  metadata: SOME_METADATA,
  versions,
});

/** Two committed versions of one cell and one of another, and a version whose transaction has no entry. */
const SOURCE = modelStore({
  tables: [
    table("app.users", [version("a", 20n), version("a", 10n), version("b", 10n), version("c", 15n)]),
    table("app.empty"),
    table("_punch", [version("p", 10n)]),
    table("_transactions"),
  ],
  transactions: new Map([
    [10n, { commit: 11n, staged: false }],
    [20n, { commit: 21n, staged: false }],
  ]),
});

function sourceSide(store: ModelStore = SOURCE): MemorySide {
  return memorySide("source", new FakeBoundStore({ state: "readable", bound: 1_000n }, { name: "s" }), {
    store,
  });
}

function destinationSide(store: ModelStore = modelStore()): MemorySide {
  return memorySide("destination", new FakeBoundStore({ state: "no-table" }, { name: "d" }), { store });
}

async function levelsOf(source: MemorySide, destination: MemorySide) {
  const { findings } = await assessMove(source, destination);
  const odd = findings.filter(({ level }) => level === "blocking" || level === "unknown");
  return Object.fromEntries(odd.map(({ id, level }) => [id, level]));
}

describe("an assessment", () => {
  test("of a healthy pair blocks nothing, writes nothing and takes no timestamp", async () => {
    const { timelock, control } = createFakeTimelock();
    await timelock.freshTimestamps("orders", 3);
    const before = control.storedBound("orders");
    const timestamps = { kind: "timelock", timelock, namespace: "orders" } as const;
    const source = memorySide("source", new FakeBoundStore({ state: "no-row-invalidated" }), {
      store: SOURCE,
      timestamps,
    });
    const destination = destinationSide();
    expect(await levelsOf(source, destination)).toEqual({});
    expect(destination.bound.writes).toEqual([]);
    expect(destination.sink.tables.size).toBe(0);
    expect(destination.sink.transactions.size).toBe(0);
    expect((await timelock.freshTimestamps("orders", 1)).first).toBe(4n);
    expect(control.storedBound("orders")).toBe(before);
  });

  test("says what becomes of each table, with its size and how long it takes, as plain JSON", async () => {
    const destination = destinationSide(
      modelStore({
        tables: [table("app.users", [version("z", 5n)]), table("app.old"), table("_coordination")],
      }),
    );
    const found = await assessMove(sourceSide(), destination);
    expect(assessment.parse(structuredClone(found))).toEqual(found);
    const byName = Object.fromEntries(found.tables.map((one) => [one.name, one]));
    expect(byName["app.users"]).toMatchObject({ fate: "copied", replaces: true, versions: 4, cells: 3 });
    expect(byName["app.users"]?.duration?.most).toBeGreaterThan(0);
    expect(byName["app.old"]).toMatchObject({ fate: "dropped", versions: 0, duration: null });
    expect(byName["_punch"]).toMatchObject({ fate: "created-empty" });
    expect(byName["_coordination"]).toMatchObject({ fate: "kept", replaces: false });
    expect(found.dropped).toEqual([
      { name: "app.old", versions: 0, bytes: 0 },
      { name: "app.users", versions: 1, bytes: 7 },
    ]);
    expect(found.total.cells).toBe(3);
    expect(found.findings.find(({ id }) => id === "move.drops")?.detail).toContain("app.users (1 rows)");
  });

  test("counts the writes of unfinished transactions among what it looked at", async () => {
    const { findings } = await assessMove(sourceSide(), destinationSide());
    const open = findings.find(({ id }) => id === "move.open-transactions");
    expect(open).toMatchObject({ level: "warning" });
    expect(open?.detail).toMatch(/Among 4 versions looked at, in app.users; starts 15\./);
  });

  test("sees that two names lead to one server by the mark that it shows", async () => {
    const source = sourceSide();
    const destination = destinationSide();
    destination.surveyed = {
      ...destination.surveyed,
      place: {
        ...source.surveyed.place,
        ...(source.surveyed.place.kind === "postgres" ? { system: null } : {}),
      },
    };
    expect(await levelsOf(source, destination)).toEqual({});
    source.server = destination.server;
    expect(await levelsOf(source, destination)).toEqual({ "move.overlap": "blocking" });
    destination.surveyor.showMark = async () => {
      throw new AdapterError("permission-denied", "none", "no");
    };
    expect(await levelsOf(source, destination)).toEqual({ "move.overlap": "unknown" });
  });

  test("blocks on every state of a store in which a move would lose or mix data", async () => {
    const cases: readonly [string, (source: MemorySide, destination: MemorySide) => void][] = [
      ["move.catalogue.destination", (_, side) => change(side, { otherPrefixes: ["b_"] })],
      ["move.catalogue.source", (side) => change(side, { otherPrefixes: [""] })],
      ["move.catalogue-entries.source", (side) => change(side, { missing: ["app.empty"] })],
      ["move.rights.source", (side) => change(side, { unreadable: ["app.users"] })],
      ["move.rights.destination", (_, side) => change(side, { mayCreate: false })],
      ["move.names", (_, side) => change(side, { strangers: ["APP.USERS"] })],
      [
        "move.coordination.source",
        (side) => change(side, { coordination: { state: "unreadable", message: "odd" } }),
      ],
      [
        "move.server-transactions",
        (side) => change(side, { serverTransactions: { prepared: 1, writing: 0 } }),
      ],
      ["move.destination-bound", (_, side) => side.bound.place({ state: "neither", tr: null })],
      ["move.source-sequence", (side) => side.bound.place({ state: "readable", bound: 20n })],
      [
        "move.destination.not-owner",
        (_, side) => {
          side.bound.findings = [{ code: "not-owner", verdict: "blocking", message: "Not the owner." }];
        },
      ],
    ];
    for (const [id, spoil] of cases) {
      const source = sourceSide();
      const destination = destinationSide();
      spoil(source, destination);
      expect(await levelsOf(source, destination), id).toMatchObject({ [id]: "blocking" });
    }
  });

  test("names what cannot be created there, and what has no metadata", async () => {
    const destination = destinationSide();
    destination.sink.checkTables = () => {
      throw new AdapterError("name-taken", "none", "app.A and app.a would share a name.");
    };
    const bare = modelStore({
      tables: [...SOURCE.tables, { ...table("app.bare"), metadata: Buffer.alloc(0) }],
    });
    expect(await levelsOf(sourceSide(bare), destination)).toMatchObject({
      "move.names": "blocking",
      "move.metadata": "blocking",
    });
  });

  test("does not read what our user may not read, and says so", async () => {
    const source = sourceSide();
    change(source, { unreadable: ["_transactions"] });
    const { findings, total } = await assessMove(source, destinationSide());
    expect(findings.find(({ id }) => id === "move.rights.source")?.level).toBe("blocking");
    expect(total).toEqual({ cells: null, bytes: null, duration: null });
  });

  test("of a destination that has no keyspace yet says what creates it, and what would be copied", async () => {
    const destination = destinationSide();
    destination.surveyor.survey = async () => {
      throw new AdapterError("keyspace-missing", "none", "The cluster has no keyspace. CREATE KEYSPACE it;");
    };
    const found = await assessMove(sourceSide(), destination);
    expect(assessment.parse(structuredClone(found))).toEqual(found);
    expect(found.findings).toMatchObject([
      {
        id: "move.catalogue.destination",
        level: "blocking",
        detail: expect.stringContaining("CREATE") as string,
      },
    ]);
    expect(found.tables.find(({ name }) => name === "app.users")).toMatchObject({
      fate: "copied",
      bytes: null,
    });
    expect(found.dropped).toEqual([]);
  });

  test("takes swapped stores for what they are", async () => {
    const empty = sourceSide(modelStore());
    expect(await levelsOf(empty, destinationSide(SOURCE))).toMatchObject({
      "move.catalogue.source": "blocking",
      "move.content": "blocking",
    });
  });

  test("asks about an unfinished migration that the source once was the destination of", async () => {
    const left = table("kvs_migrate.tmp_migrate_progress");
    const source = sourceSide(modelStore({ ...SOURCE, tables: [...SOURCE.tables, left] }));
    const destination = destinationSide(modelStore({ tables: [left] }));
    const { findings, dropped } = await assessMove(source, destination);
    expect(findings.find(({ id }) => id === "move.left-over.source")?.attest).not.toBeNull();
    expect(findings.find(({ id }) => id === "move.left-over.destination")?.level).toBe("warning");
    expect(dropped.map(({ name }) => name)).toEqual([left.name]);
  });
});

function change(side: MemorySide, more: Partial<MemorySide["surveyed"]>): void {
  side.surveyed = { ...side.surveyed, ...more };
}
