import type { BoundState, StoreKind } from "#lib/stores/schema.ts";

/** The states of a bound in which no value counts for sure. */
export type DamagedState = Extract<
  BoundState,
  { state: "several-rows" | "both" | "neither" | "unrecognised" }
>;

/** What a damaged bound is, what an embedded start would make of it, and whether a rule repairs it. */
export type DamageWords = { readonly title: string; readonly detail: string; readonly repairable: boolean };

/** Says for each damaged state of each kind of store what is wrong with it. Source: atlasdb-facts 0.1, C (state machine), D.1 */
export function damageWords(kind: StoreKind, state: DamagedState): DamageWords {
  switch (state.state) {
    case "several-rows":
      return {
        title: `The timestamp table has ${state.values.length} rows, and AtlasDB keeps one`,
        detail: `They hold ${state.values.join(", ")}. ${
          state.readable
            ? "A client takes whichever row the server gives it first, and then overwrites all of them."
            : "The bound is invalidated, so no client starts on it, but which value was kept is ambiguous."
        }`,
        repairable: true,
      };
    case "both":
      return kind === "cassandra" ? bothOnCassandra(state) : bothColumns(state);
    case "neither":
      return neither(state.tr);
    case "unrecognised":
      return {
        title: "The timestamp table of the store is in a shape that AtlasDB does not make",
        detail: `In the table, ${state.detail}. Which value counts is not known, so no start of this service is safe.`,
        repairable: false,
      };
  }
}

function bothOnCassandra({ rows }: Extract<BoundState, { state: "both" }>): DamageWords {
  const [row] = rows;
  const bound = row?.bound ?? null;
  const backup = `the backup oldTs ${row?.kept ?? "unknown"}`;
  return {
    title: "The store holds a backup of its bound while the bound is not invalidated",
    detail:
      bound === null
        ? `There is ${backup}, but no bound ts: an embedded client creates one at 10000 and issues timestamps for the second time. A client on TimeLock refuses to start.`
        : `There are the bound ts ${bound} and ${backup}. An embedded client starts from the bound; a client on TimeLock refuses to start.`,
    repairable: true,
  };
}

function bothColumns({ rows }: Extract<BoundState, { state: "both" }>): DamageWords {
  const values = rows.map(({ bound, kept }) => `${bound ?? "NULL"} and ${kept ?? "NULL"}`).join("; ");
  return {
    title: "The timestamp table has the columns of a readable and of an invalidated bound at once",
    detail: `last_allocated and legacy_last_allocated hold ${values === "" ? "no row" : values}. An embedded client may start; a client on TimeLock refuses to.`,
    repairable: true,
  };
}

function neither(tr: bigint | null): DamageWords {
  return {
    title: "The bound is unreadable, and there is no backup where AtlasDB looks",
    detail: `The bound ts is not 8 bytes long, and there is no oldTs of 8 bytes. No client starts, neither embedded nor on TimeLock. ${
      tr === null
        ? "Its value may stand in a backup of the database, or in somebody's notes."
        : `Its value ${tr} stands in the column tr, as AtlasDB's documents wrote it down.`
    }`,
    repairable: tr !== null,
  };
}
