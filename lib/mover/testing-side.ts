import { ABORTED, type CellSource } from "#lib/mover/cell-source.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";
import { modelCommits } from "#lib/mover/testing-cells.ts";
import { MemorySink, MemorySource } from "#lib/mover/testing-memory.ts";
import { type ModelStore, modelStore } from "#lib/mover/testing-store.ts";
import type { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";

/** One side of a move in memory, with what its parts are made of. */
export type MemorySide = MoveSide & {
  readonly bound: FakeBoundStore;
  readonly sink: MemorySink;
  /** What the next survey says; change it to play another store. */
  surveyed: StoreSurvey;
  /** Names by which one and the same server is reached have one server here. */
  server: Set<string>;
};

/** A survey of a store in which nothing is wrong. */
export function surveyOf(name: string, tables: StoreSurvey["tables"] = []): StoreSurvey {
  return {
    place: {
      kind: "postgres",
      system: `system of ${name}`,
      database: name,
      schema: "public",
      prefix: "",
      inRecovery: false,
    },
    version: "18.0",
    catalogue: tables.length === 0 ? "absent" : "present",
    tables,
    missing: [],
    strangers: [],
    otherPrefixes: [],
    unreadable: [],
    undroppable: [],
    mayCreate: true,
    coordination: { state: "not-used" },
    serverTransactions: { prepared: 0, writing: 0 },
    readAt: "2026-01-01T00:00:00.000000Z",
  };
}

/**
 * A side in memory: what `store` holds is what is read; transactions put into its sink are read too. Embedded timestamps unless others are
 * given.
 */
export function memorySide(
  name: string,
  bound: FakeBoundStore,
  parts: { readonly store?: ModelStore; readonly timestamps?: SideTimestamps } = {},
): MemorySide {
  const store = parts.store ?? modelStore();
  const sink = new MemorySink(true);
  for (const { name: table, metadata } of store.tables) {
    sink.tables.set(table, { name: table, physicalName: table, metadata: Buffer.from(metadata) });
  }
  for (const [start, { commit }] of store.transactions) sink.transactions.set(start, commit ?? ABORTED);
  const side: MemorySide = {
    name,
    bound,
    sink,
    timestamps: parts.timestamps ?? { kind: "embedded" },
    surveyed: surveyOf(name, [...sink.tables.values()]),
    server: new Set(),
    surveyor: {
      survey: async () => side.surveyed,
      physicalName: (table) => table,
      async showMark(work) {
        const mark = `mark of ${name}`;
        side.server.add(mark);
        try {
          return await work(mark);
        } finally {
          side.server.delete(mark);
        }
      },
      seesMark: async (mark) => side.server.has(mark),
    },
    openSource: async () => withTransactionsOf(sink, store),
    openSink: async () => sink,
  };
  return side;
}

function withTransactionsOf(sink: MemorySink, store: ModelStore): CellSource {
  const transactions = new Map(
    [...sink.transactions].map(([start, commit]) => [
      start,
      { commit: commit === ABORTED ? null : commit, staged: false },
    ]),
  );
  const source = new MemorySource(store);
  return {
    commits: modelCommits({ ...store, transactions }, true),
    listTables: async () => source.listTables(),
    planCuts: async (table) => source.planCuts(table),
    readVersions: (table, range) => source.readVersions(table, range),
    holdsCells: async (table) => source.holdsCells(table),
    close: async () => source.close(),
  };
}
