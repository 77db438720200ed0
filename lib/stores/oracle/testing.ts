import { encodePunchRow } from "#lib/atlasdb/punch.ts";
import { encodeVarLong, toHex } from "#lib/atlasdb/encoding.ts";
import type { OracleTarget } from "#lib/stores/oracle/target.ts";
import type { BoundState, StoreIdentity } from "#lib/stores/schema.ts";

/** The store that the tests speak of: AtlasDB's default prefix, so the table A__TIMESTAMP. */
export const ORACLE_TARGET: OracleTarget = {
  name: "orders",
  host: "db-1.example.com",
  port: 1521,
  naming: "service-name",
  database: "orders.example.com",
  user: "app",
  tablePrefix: "a_",
  schema: null,
};

/** What that store is. */
export const ORACLE_IDENTITY: StoreIdentity = {
  kind: "oracle",
  system: "1234567890",
  database: "ORCL",
  schema: "APP",
  table: "A__TIMESTAMP",
  tableId: "73645",
};

/** What one session of a rendered command prints. `readAt`: the database's clock. */
export type Printed = {
  readonly state: BoundState;
  readonly readAt: string;
  readonly punch?: bigint | null;
  readonly start?: { readonly start: bigint; readonly commit: bigint } | null;
  readonly change?: Readonly<Record<string, string | null>>;
};

/** The text of one session, as the command of `renderOracleRead` would print it. No Oracle server was here to take it from. */
export function session({ state, readAt, punch = null, start = null, change = {} }: Printed): string {
  const columns = columnsOf(state);
  const rows = rowsOf(state);
  const tables = state.state === "no-table" ? 0 : 1;
  const server = {
    version: "19.0",
    role: "PRIMARY",
    address: "db-1",
    database: "ORCL",
    container: "ORCL",
    service: "orders.example.com",
    user: "APP",
    system: "1234567890",
    read_at: readAt,
    ...change,
  };
  return [
    `lockstep.server ${JSON.stringify(server)}`,
    ...(tables === 0
      ? []
      : [`lockstep.table {"oid":"73645","schema":"APP","table":"A__TIMESTAMP","kind":"TABLE"}`]),
    ...columns.map((name) => `lockstep.column {"name":"${name.toUpperCase()}","type":"NUMBER(38,0)"}`),
    ...rows.map((row) => `lockstep.row ${JSON.stringify(row)}`),
    `lockstep.punch-table {"found":${punch !== null},"table":"A__PUNCH_0003"}`,
    ...(punch === null
      ? []
      : [
          `lockstep.punch {"row":"${toHex(encodePunchRow(1_730_000_000_000n))}","val":"${toHex(encodeVarLong(punch))}","ts":"${punch}"}`,
        ]),
    `lockstep.transactions-table {"found":${start !== null},"table":"A__TRANSACTIONS_0001"}`,
    ...(start === null
      ? []
      : [
          `lockstep.transactions {"row":"${toHex(encodeVarLong(start.start))}","val":"${toHex(encodeVarLong(start.commit))}","ts":"0"}`,
        ]),
    `lockstep.end {"tables":${tables},"rows":${rows.length}}`,
  ].join("\n");
}

/** The whole output of a command that only reads. */
export function readOutput(printed: Printed): string {
  return `${session(printed)}\n${session(printed)}\n`;
}

/** The whole output of a command that writes: how things stood, that it was done, and how they stand in another session. */
export function writeOutput(done: string, before: Printed, after: Printed): string {
  return `${session(before)}\nlockstep.write {"done":"${done}"}\n${session(after)}\n`;
}

const BOUND = "last_allocated";
const KEPT = "legacy_last_allocated";

function columnsOf(state: BoundState): readonly string[] {
  switch (state.state) {
    case "readable":
    case "no-row":
      return [BOUND];
    case "invalidated":
    case "no-row-invalidated":
      return [KEPT];
    case "several-rows":
      return [state.readable ? BOUND : KEPT];
    case "both":
      return [BOUND, KEPT];
    case "no-table":
      return [];
    case "neither":
    case "unrecognised":
      return ["other"];
  }
}

function rowsOf(state: BoundState): readonly Readonly<Record<string, string | null>>[] {
  switch (state.state) {
    case "readable":
      return [{ [BOUND]: state.bound.toString() }];
    case "invalidated":
      return [{ [KEPT]: state.kept.toString() }];
    case "several-rows":
      return state.values.map((value) => ({ [state.readable ? BOUND : KEPT]: value.toString() }));
    case "both":
      return state.rows.map(({ bound, kept }) => ({
        [BOUND]: bound?.toString() ?? null,
        [KEPT]: kept?.toString() ?? null,
      }));
    default:
      return [];
  }
}
