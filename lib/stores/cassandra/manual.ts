import { AppError } from "#lib/errors.ts";
import {
  afterInvalidate,
  afterRepair,
  afterRestore,
  describeBoundState,
  type Transition,
} from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import {
  belowTheDocuments,
  BOUND_KEY,
  boundValue,
  type Cell,
  COLUMN2,
  COLUMNS,
} from "#lib/stores/cassandra/decode.ts";
import { hostIdsOf } from "#lib/stores/cassandra/identity-text.ts";
import { expectedCells } from "#lib/stores/cassandra/manual-cells.ts";
import {
  readBeforeCql,
  readBoundCql,
  readPunchCql,
  readSessionsCql,
} from "#lib/stores/cassandra/manual-reads.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { batchCql, createTableCql, qualified, type TableName } from "#lib/stores/cassandra/statements.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";
import type { RawCell } from "#lib/stores/schema.ts";
import { longToHex } from "#lib/timestamps/long.ts";

/**
 * What a command needs to know of the store; no password. `version`: the server's, where it is known; a table can only be created where
 * it is.
 */
export type ManualTarget = Pick<
  CassandraStoreConfig,
  "contactPoints" | "localDataCenter" | "keyspace" | "table" | "user" | "tls"
> & { readonly version?: string };

/** A command for a person's own terminal. `shell` is complete; `cql` is what it sends; `variables` must be set before. */
export type ManualCommand = {
  readonly shell: string;
  readonly cql: string;
  readonly variables: readonly string[];
};

/** What a write is guarded by: identity and state, and the very cells that were read, since a cleared backup and none are one state. */
export type ManualGuard = WriteGuard & { readonly raw: readonly RawCell[] };

/** Said beside the documents' way of setting the bound. Source: atlasdb-facts C, H13, H20, H21 */
export const TRUNCATE_WARNING =
  "This is the way of AtlasDB's documents, kept for servers that refuse a conditional batch. Between TRUNCATE and INSERT the store holds no bound: a client that starts in that moment creates 10000 and issues timestamps that were issued before, which corrupts data. TRUNCATE needs every node up, removes the backup too, and cannot be undone. Keep the values printed first. Stop every client, run all of it in one go, and go no further until the last reading shows the bound; the migration waits for that reading.";

const END = "LOCKSTEP_CQL";

/** Quotes a word for a POSIX shell, unless it needs none. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A value in decimal beside its 8 bytes, with the two commands by which each is had from the other. */
export function hexLine(value: bigint): string {
  const hex = longToHex(value);
  return `# ${value} is ${hex}: printf '0x%016x\\n' ${value}; echo $((${hex}))`;
}

/** Reads the bound at SERIAL; its whole output goes through `decodePastedBound`. */
export function renderReadBound(target: ManualTarget): ManualCommand {
  return render(target, readBoundCql(nameOf(target), "SERIAL", target.version), []);
}

/** Reads the bound as AtlasDB does, at LOCAL_QUORUM: run it at a node of each data centre. */
export function renderReadLocally(target: ManualTarget): ManualCommand {
  return render(target, readBoundCql(nameOf(target), "LOCAL_QUORUM", target.version), []);
}

/** Reads the newest punches; its whole output goes through `decodePastedPunch`. */
export function renderReadPunch(target: ManualTarget): ManualCommand {
  return render(target, readPunchCql(target.keyspace), []);
}

/** Lists who is connected to the node, for the eye; servers before 4.0 answer with an error. */
export function renderReadSessions(target: ManualTarget): ManualCommand {
  return render(target, readSessionsCql(), []);
}

/** Invalidates as the adapter would, guarded by the same cells, then reads. @throws AppError where it would be refused */
export function renderInvalidate(target: ManualTarget, guard: ManualGuard): ManualCommand {
  return renderWrite(target, guard, afterInvalidate(guard.expected, "cassandra"));
}

/** Restores as the adapter would, then reads. @throws AppError where it would be refused */
export function renderRestore(target: ManualTarget, guard: ManualGuard, to: bigint): ManualCommand {
  return renderWrite(target, guard, afterRestore(guard.expected, to));
}

/** Repairs as the adapter would, then reads. @throws AppError where it would be refused */
export function renderRepair(
  target: ManualTarget,
  guard: ManualGuard,
  leave: "readable" | "invalidated",
): ManualCommand {
  return renderWrite(target, guard, afterRepair(guard.expected, leave));
}

function renderWrite(target: ManualTarget, guard: ManualGuard, decision: Transition): ManualCommand {
  if (!decision.ok) throw new AppError("invalid", decision.message);
  const name = nameOf(target);
  const batch = batchCql(name, cellsFor(guard, decision.after), decision.after);
  if (batch === null) throw unwritable(decision.after);
  const creates = guard.expected.state === "no-table";
  const cql = [
    ...(creates ? [`${createCql(target, name)};`] : readBeforeCql(name)),
    "SERIAL CONSISTENCY SERIAL;",
    // cqlsh commits a conditional write at this level.
    "-- Where the keyspace is replicated by SimpleStrategy this level is refused, with nothing changed: write QUORUM there.",
    "CONSISTENCY EACH_QUORUM;",
    `${batch};`,
    ...readBoundCql(name, "SERIAL", target.version),
  ];
  return render(target, cql, valuesIn(guard, decision.after), guard);
}

/**
 * Sets the bound as AtlasDB's documents do: TRUNCATE, then INSERT. Offered beside `TRUNCATE_WARNING` only. The INSERT is conditional,
 * unlike theirs: a plain one may be hidden by an earlier conditional write of a faster clock. @throws AppError where it would be refused
 */
export function renderTruncateInsert(target: ManualTarget, guard: ManualGuard, to: bigint): ManualCommand {
  const decision = afterRestore(guard.expected, to);
  if (!decision.ok) throw new AppError("invalid", decision.message);
  if (guard.expected.state === "no-table") throw unwritable(guard.expected);
  void cellsFor(guard, decision.after);
  const name = nameOf(target);
  const cql = [
    ...readBeforeCql(name),
    `TRUNCATE ${qualified(name)};`,
    "SERIAL CONSISTENCY SERIAL;",
    "CONSISTENCY EACH_QUORUM;",
    `INSERT INTO ${qualified(name)} (key, column1, column2, value) VALUES (0x${BOUND_KEY}, 0x${COLUMNS.ts}, ${COLUMN2}, 0x${boundValue(to)}) IF NOT EXISTS;`,
    ...readBoundCql(name, "SERIAL", target.version),
  ];
  return render(target, cql, valuesIn(guard, decision.after), guard);
}

/** The cells that were read. @throws AppError where they do not make the expected state, or hold a value above the new one */
function cellsFor(guard: ManualGuard, after: WriteGuard["expected"]): readonly Cell[] {
  const cells = expectedCells(guard);
  const tooLow = belowTheDocuments(cells, after);
  if (tooLow !== null) throw new AppError("invalid", tooLow);
  return cells;
}

function createCql(target: ManualTarget, name: TableName): string {
  if (target.version === undefined) {
    throw new AppError(
      "invalid",
      "The server's version is not known, so the command that creates the table cannot be written. Read the store first.",
    );
  }
  return createTableCql(name, generationOf(target.version));
}

function unwritable(state: WriteGuard["expected"]): AppError {
  return new AppError(
    "invalid",
    `No command can be written for a bound that is ${describeBoundState(state)}.`,
  );
}

function valuesIn({ expected }: ManualGuard, after: WriteGuard["expected"]): readonly bigint[] {
  const values = [expected, after].flatMap((state) => {
    if (state.state === "readable") return [state.bound];
    return state.state === "invalidated" ? [state.kept] : [];
  });
  return [...new Set(values)];
}

function nameOf({ keyspace, table }: ManualTarget): TableName {
  return { keyspace, table };
}

/** A write first makes sure that the node belongs to the cluster that was decided on. */
function render(
  target: ManualTarget,
  lines: readonly string[],
  values: readonly bigint[],
  guard?: WriteGuard,
): ManualCommand {
  const cql = lines.join("\n");
  const [first, ...others] = target.contactPoints.map(({ host, port }) => `${shellWord(host)} ${port}`);
  const cqlsh = `${tlsWords(target)}cqlsh --no-color${target.tls.mode === "off" ? "" : " --ssl"}${rcWord(target)} $CQLSH_OPTIONS${userWords(target)} ${first ?? ""}`;
  const sends = `${cqlsh} 2>&1 <<'${END}'\n${cql}\n${END}`;
  const ids = hostIdsOf(guard?.identity.system ?? null);
  const shell = [
    "# CQLSH_OPTIONS may stay empty; where cqlsh is of another version than the server, it may need --cqlversion=3.3.1 (Cassandra 2.2) or 3.4.4 (3.11).",
    ...(others.length === 0
      ? []
      : [`# The same at another node: replace ${first ?? ""} by ${others.join(" or ")}.`]),
    ...values.map(hexLine),
    ...(ids.length === 0 ? [sends] : guarded(cqlsh, sends, ids)),
  ].join("\n");
  return { shell, cql, variables: variablesOf(target) };
}

function guarded(cqlsh: string, sends: string, ids: readonly string[]): string[] {
  return [
    // Not grep -q: it hangs up on cqlsh at the first match.
    `if ${cqlsh} -e 'SELECT host_id FROM system.local' 2>/dev/null | grep -E ${shellWord(ids.join("|"))} >/dev/null; then`,
    sends,
    "else echo 'lockstep: refused: this node does not belong to the cluster that was decided on'; fi",
  ];
}

function tlsWords({ tls }: ManualTarget): string {
  if (tls.mode === "off") return "";
  const ca = tls.ca === undefined ? "" : `SSL_CERTFILE="$CASSANDRA_CA" `;
  return `${ca}SSL_VALIDATE=${tls.mode === "verify" ? "true" : "false"} `;
}

/** cqlsh takes a client certificate from its configuration file only: usercert and userkey under [ssl]. */
function rcWord({ tls }: ManualTarget): string {
  return tls.mode !== "off" && tls.cert !== undefined ? ` --cqlshrc="$CQLSHRC"` : "";
}

function userWords({ user }: ManualTarget): string {
  return user === undefined ? "" : ` -u ${shellWord(requirePlain(user))} -p "$CASSANDRA_PASSWORD"`;
}

function variablesOf({ user, tls }: ManualTarget): string[] {
  return [
    ...(user === undefined ? [] : ["CASSANDRA_PASSWORD"]),
    ...(tls.mode === "off" || tls.ca === undefined ? [] : ["CASSANDRA_CA"]),
    ...(tls.mode === "off" || tls.cert === undefined ? [] : ["CQLSHRC"]),
  ];
}

/** A line break in a name could end what it stands in and start a command. */
function requirePlain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw new AppError(
    "invalid",
    "A name has control characters in it, so no command can be written for it safely.",
  );
}
