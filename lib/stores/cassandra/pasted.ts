import { AdapterError } from "#lib/errors.ts";
import { type Printed, type PrintedTable, parseCqlsh } from "#lib/stores/cassandra/cqlsh-output.ts";
import {
  ATLASDB_COLUMNS,
  backupOfTheDocuments,
  type Cell,
  decodeBound,
  rawCells,
  type TableContent,
} from "#lib/stores/cassandra/decode.ts";
import { systemText } from "#lib/stores/cassandra/identity-text.ts";
import type { ManualTarget } from "#lib/stores/cassandra/manual.ts";
import { LABELS } from "#lib/stores/cassandra/manual-reads.ts";
import { isOrdered } from "#lib/stores/cassandra/partitioner.ts";
import { newer, punchOf } from "#lib/stores/cassandra/punch-cells.ts";
import { timeOfUuid } from "#lib/stores/cassandra/time-uuid.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";
import { type Pasted, Unreadable } from "#lib/stores/pasted-lines.ts";
import type { BoundReading, PunchReading } from "#lib/stores/schema.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/**
 * Decodes the whole output of the command of `renderReadBound` or `renderReadLocally`, or of one that writes and then reads, into the same
 * reading as our own connection gives, marked as pasted. What a conditional write answered stands among the raw cells. Anything missing,
 * doubled, cut short or contradictory is refused.
 */
export function decodePastedBound(text: string, target: ManualTarget): Pasted<BoundReading> {
  return decode(text, (printed) => {
    const server = serverOf(printed);
    // A node that left without a farewell keeps a row without its particulars for a while.
    const peers = one(printed, LABELS.peer)
      .rows.filter(([, , dataCenter]) => dataCenter !== "null")
      .map(([, hostId]) => (hostId === undefined || hostId === "null" ? null : hostId));
    const table = catalogueTable(printed);
    const content = table === null ? absent(printed) : contentOf(printed);
    return {
      state: decodeBound(content),
      tr: backupOfTheDocuments(content),
      identity: {
        kind: "cassandra",
        system: systemText(server.cluster, [server.hostId, ...peers]),
        database: target.keyspace,
        schema: null,
        table: target.table,
        tableId: table,
      },
      server: { address: null, port: null, version: server.version, inRecovery: false },
      view: viewOf(printed, server.dataCenter),
      raw: [...(content === null ? [] : rawCells(content)), ...answers(printed)],
      source:
        `pasted cqlsh output of ${server.cluster} (${server.dataCenter}) ${target.keyspace}.${target.table}`.slice(
          0,
          1000,
        ),
      provenance: "pasted",
      readAt: server.readAt,
    };
  });
}

/** Decodes the whole output of the command of `renderReadPunch`. */
export function decodePastedPunch(text: string): Pasted<PunchReading> {
  return decode(text, (printed) => {
    const server = serverOf(printed);
    return {
      newest: punchesOf(printed, server.partitioner),
      source: `pasted cqlsh output of ${server.cluster} (${server.dataCenter})`.slice(0, 1000),
      provenance: "pasted",
      readAt: server.readAt,
    };
  });
}

function decode<T>(text: string, read: (printed: readonly Printed[]) => T): Pasted<T> {
  try {
    const printed = parseCqlsh(text);
    requireEnd(printed);
    return { ok: true, reading: read(printed) };
  } catch (error) {
    if (error instanceof Unreadable) {
      return { ok: false, reason: `This is not the whole output of the command: ${error.message}.` };
    }
    if (error instanceof AdapterError) return { ok: false, reason: error.message };
    throw error;
  }
}

function tables(printed: readonly Printed[], label: string): PrintedTable[] {
  return printed.filter((item) => item.kind === "table").filter(({ columns }) => columns[0] === label);
}

function one(printed: readonly Printed[], label: string): PrintedTable {
  const [first, ...more] = tables(printed, label);
  if (first === undefined) throw new Unreadable(`the table ${label} is missing`);
  if (more.length > 0)
    throw new Unreadable(`the table ${label} stands there twice: paste the output of one run`);
  return first;
}

/** The last table names the cluster again. An error anywhere that we do not expect stops the reading here. */
function requireEnd(printed: readonly Printed[]): void {
  const unexpected = printed.find((item) => item.kind === "error" && !EXPECTED_ERROR.test(item.message));
  if (unexpected?.kind === "error") {
    throw new AdapterError(
      "pasted-error",
      "none",
      `cqlsh reported an error: ${unexpected.message}. If a write stands before it, read the store to see what became of it.`,
    );
  }
  const last = printed.findLast((item) => item.kind === "table");
  if (last?.columns[0] !== LABELS.end) throw new Unreadable(`its last table, ${LABELS.end}, is missing`);
  const [cluster] = one(printed, LABELS.end).rows[0] ?? [];
  if (cluster !== serverOf(printed).cluster)
    throw new Unreadable("it begins at one cluster and ends at another");
}

/** The catalogue that the server does not have, and a table that is not there. */
const EXPECTED_ERROR =
  /message="(Keyspace system_schema does not exist|(table schema_columnfamilies does not exist|unconfigured (table|columnfamily) \S+)|table \S+ does not exist)"/i;

type Server = {
  readonly cluster: string;
  readonly hostId: string;
  readonly dataCenter: string;
  readonly version: string;
  readonly partitioner: string;
  readonly readAt: string;
};

function serverOf(printed: readonly Printed[]): Server {
  const { columns, rows } = one(printed, LABELS.server);
  const [cluster, hostId, dataCenter, version, partitioner, clock] = rows[0] ?? [];
  const whole = columns.length === 6 && rows.length === 1;
  const readAt = timeOfUuid(clock ?? "");
  if (
    !whole ||
    readAt === null ||
    cluster === undefined ||
    hostId === undefined ||
    dataCenter === undefined
  ) {
    throw new Unreadable(`the table ${LABELS.server} is not as the command prints it`);
  }
  if (version === undefined || partitioner === undefined || !/^[0-9a-f-]{36}$/.test(hostId)) {
    throw new Unreadable(`the table ${LABELS.server} is not as the command prints it`);
  }
  void generationOf(version);
  return { cluster, hostId, dataCenter, version, partitioner, readAt };
}

/** The table's id; null where the catalogue has none. The catalogue that the server lacks answers with an error. */
function catalogueTable(printed: readonly Printed[]): string | null {
  const { rows } = one(printed, LABELS.table);
  const id = rows[0]?.[0];
  if (rows.length > 1 || (id !== undefined && !/^[0-9a-f-]{36}$/.test(id))) {
    throw new Unreadable(`the table ${LABELS.table} is not as the command prints it`);
  }
  return id ?? null;
}

/** Without a table the reading of its cells must have failed for that very reason. */
function absent(printed: readonly Printed[]): null {
  if (tables(printed, LABELS.cells).length === 0) return null;
  throw new Unreadable("the catalogue shows no timestamp table, but its cells were read");
}

function contentOf(printed: readonly Printed[]): TableContent {
  const { columns, rows } = one(printed, LABELS.cells);
  if (columns.join(" ") !== `${LABELS.cells} column1 column2 value written_at`) {
    throw new Unreadable(`the table ${LABELS.cells} is not as the command prints it`);
  }
  return { columns: ATLASDB_COLUMNS, cells: rows.map(cellOf) };
}

function cellOf([key, column1, column2, value, writtenAt]: readonly string[]): Cell {
  const second = parseLong(column2 ?? "");
  if (key !== "0x7473" || second === null) throw new Unreadable("a cell belongs to another row");
  return {
    column1: blob(column1),
    column2: second,
    value: blob(value),
    writtenAt: parseLong(writtenAt ?? ""),
  };
}

/** A blob as cqlsh prints it. Digits are taken as they stand, never from an abbreviated or retyped value. */
function blob(text: string | undefined): string {
  const digits = /^0x(([0-9a-f]{2})*)$/.exec(text ?? "")?.[1];
  if (digits === undefined) throw new Unreadable(`a value is no whole blob: ${(text ?? "").slice(0, 60)}`);
  return digits;
}

/** The level that was set last before the cells were read. */
function viewOf(printed: readonly Printed[], dataCenter: string): string {
  const at = printed.findIndex((item) => item.kind === "table" && item.columns[0] === LABELS.cells);
  const level = printed
    .slice(0, at < 0 ? printed.length : at)
    .filter((item) => item.kind === "level")
    .at(-1)?.level;
  if (level === "SERIAL") return "serial";
  if (level === "LOCAL_QUORUM") return `${dataCenter} local quorum`;
  throw new Unreadable(`the bound was read at ${level ?? "no level"}, not at SERIAL or LOCAL_QUORUM`);
}

function answers(printed: readonly Printed[]): BoundReading["raw"] {
  return tables(printed, "[applied]").flatMap(({ rows }, index) => {
    const text = rows[0]?.[0] ?? null;
    if (text !== "True" && text !== "False")
      throw new Unreadable("the answer of the conditional write is cut");
    return [{ row: 1000 + index, name: "[applied]", text, hex: null }];
  });
}

function punchesOf(printed: readonly Printed[], partitioner: string): PunchReading["newest"] {
  const [found, ...more] = tables(printed, LABELS.punch);
  if (more.length > 0) throw new Unreadable(`the table ${LABELS.punch} stands there twice`);
  if (found === undefined) {
    const missing = printed.some((item) => item.kind === "error" && /_punch\b/.test(item.message));
    if (!missing) throw new Unreadable(`the table ${LABELS.punch} is missing`);
    return { found: "absent", why: "no-table" };
  }
  if (!isOrdered(partitioner) && found.rows.length >= 100) {
    throw new Unreadable("the cluster keeps rows in no order, so the newest punch is not among those shown");
  }
  return found.rows.reduce<PunchReading["newest"]>(
    (newest, [key, column2, value]) => {
      const second = parseLong(column2 ?? "");
      if (second === null) throw new Unreadable(`the table ${LABELS.punch} is not as the command prints it`);
      return newer(newest, punchOf(blob(key), second, blob(value)));
    },
    { found: "absent", why: "no-rows" },
  );
}
