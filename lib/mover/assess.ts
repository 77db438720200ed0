import { PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { judgeNoDestination } from "#lib/mover/assess-limits.ts";
import type { SameServer } from "#lib/mover/assess-overlap.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import type { SequenceReading, SideTimes } from "#lib/mover/assess-sequences.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { judgeMove, type SideReadings } from "#lib/mover/judge-move.ts";
import { readNewestEntry } from "#lib/mover/newest-entry.ts";
import { probeTable, type TableProbe } from "#lib/mover/probe-table.ts";
import { selectTables } from "#lib/mover/select-tables.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

/** Tables read at once: enough that small ones do not wait for each other, few enough for a running service. */
const PROBES_AT_ONCE = 4;

/**
 * Looks at both stores while clients may still run: identity and overlap, catalogues, names, rights, schemas, timestamps, sizes. Reads a few
 * blocks of each table; writes nothing, and takes no timestamp. `only`: the tables chosen to be copied, null for all.
 * @throws AppError `invalid` when a chosen table is none of the source; AdapterError effect `none` when a store does not answer
 */
export async function assessMove(
  source: MoveSide,
  destination: MoveSide,
  only: readonly string[] | null = null,
): Promise<Assessment> {
  const [here, there] = await Promise.all([source.surveyor.survey(), surveyOrWhyNot(destination)]);
  if (typeof there === "string") return withoutDestination(here, there, only);
  const planned = selectTables(here.tables, there.tables, only);
  const copied = planned.filter(({ fate }) => fate === "copied").map(({ name }) => name);
  const server = await probeServer(source, destination);
  // One store after the other: two names of one server would otherwise be read with twice the load.
  const from = { ...(await readSide(source, here, copied)), rights: [] };
  const all = there.tables.map(({ name }) => name);
  const to = { ...(await readSide(destination, there, all)), rights: await readServerRights(destination) };
  const sink = await destination.openSink();
  try {
    const readings = {
      source: from,
      destination: to,
      server,
      checkTables: sink.checkTables.bind(sink),
      physicalName: (table: string) => destination.surveyor.physicalName(table),
    };
    return judgeMove(readings, planned);
  } finally {
    await sink.close();
  }
}

/** The words of the store where it has no keyspace of that name yet. */
async function surveyOrWhyNot({ surveyor }: MoveSide): Promise<StoreSurvey | string> {
  try {
    return await surveyor.survey();
  } catch (error) {
    if (error instanceof AdapterError && error.code === "keyspace-missing") return error.message;
    throw error;
  }
}

/** What would be copied, and that there is no place for it yet. */
function withoutDestination(
  { tables, readAt }: StoreSurvey,
  words: string,
  only: readonly string[] | null,
): Assessment {
  const unknownSize = { versions: null, cells: null, bytes: null, duration: null };
  return {
    findings: [judgeNoDestination(words)],
    tables: selectTables(tables, [], only).map((table) => ({ ...table, ...unknownSize })),
    dropped: [],
    total: { cells: null, bytes: null, duration: null },
    readAt,
  };
}

async function probeServer(source: MoveSide, destination: MoveSide): Promise<SameServer> {
  try {
    return await destination.surveyor.showMark(async (mark) => {
      if (mark === null) return "unknown";
      return (await source.surveyor.seesMark(mark)) ? "same" : "other";
    });
  } catch (error) {
    // What cannot be shown is unknown; a store that does not answer fails the survey before.
    if (error instanceof AdapterError) return "unknown";
    throw error;
  }
}

/** What stands in the way of raising the bound, and on Cassandra of writing anything everywhere. */
async function readServerRights({ bound, timestamps }: MoveSide): Promise<readonly StoreFinding[]> {
  const isWritten = timestamps.kind === "embedded" || bound.kind === "cassandra";
  return isWritten ? (await bound.readRights()).findings : [];
}

async function readSide(
  side: MoveSide,
  survey: StoreSurvey,
  probed: readonly string[],
): Promise<Omit<SideReadings, "rights">> {
  const unreadable = whyUnreadable(survey);
  if (unreadable !== null) {
    const entry = { state: "unknown", because: unreadable } as const;
    return { survey, probes: new Map(), times: { ...(await readTimes(side, survey)), entry } };
  }
  const source = await side.openSource();
  try {
    const left = new Set([...survey.missing, ...(survey.unreadable ?? [])]);
    const probes = await probeAll(
      source,
      probed.filter((name) => !left.has(name)),
    );
    const times = await readTimes(side, survey);
    return { survey, probes, times: { ...times, entry: await readNewestEntry(source, side.bound) } };
  } finally {
    await source.close();
  }
}

/** Why its transactions cannot be read, and so nothing of it be judged; null where they can. */
function whyUnreadable({ coordination, unreadable }: StoreSurvey): string | null {
  if (coordination.state === "unreadable") return coordination.message;
  const hidden = (unreadable ?? []).filter((name) => name.startsWith("_transactions"));
  return hidden.length === 0 ? null : `Our user may not read ${hidden.join(", ")}.`;
}

async function probeAll(
  source: CellSource,
  names: readonly string[],
): Promise<ReadonlyMap<string, TableProbe>> {
  const probes = new Map<string, TableProbe>();
  const left = [...names];
  const work = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      probes.set(name, await probeTable(source, name));
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
  return probes;
}

async function readTimes(side: MoveSide, survey: StoreSurvey): Promise<Omit<SideTimes, "entry">> {
  const [{ state }, punch, sequence] = await Promise.all([
    side.bound.readBound(),
    survey.unreadable?.includes(PUNCH_TABLE) === true ? null : readPunch(side),
    readSequence(side.timestamps),
  ]);
  return { name: side.name, bound: state, punch, sequence };
}

async function readPunch({ bound }: MoveSide): Promise<SideTimes["punch"]> {
  try {
    const { newest } = await bound.readPunch();
    if (newest.found === "absent") return null;
    return { timestamp: newest.timestamp, wallMillis: newest.wallMillis };
  } catch (error) {
    if (error instanceof AdapterError && error.code === "punch-unordered") return null;
    throw error;
  }
}

/** Reads what the nodes have learned and takes no timestamp. */
async function readSequence(timestamps: SideTimestamps): Promise<SequenceReading> {
  if (timestamps.kind === "embedded") return { kind: "embedded" };
  const { timelock, namespace } = timestamps;
  const learned = await timelock.learnedBound(namespace);
  return {
    kind: "timelock",
    namespace,
    state: learned.state,
    bound: learned.state === "known" ? learned.bound : null,
    reason: learned.state === "unknown" ? learned.reason : null,
  };
}
