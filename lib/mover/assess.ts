import { blocking, type Finding, warning } from "#lib/engine/finding.ts";
import { AdapterError } from "#lib/errors.ts";
import { judgeOverlap, type SameServer } from "#lib/mover/assess-overlap.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import {
  judgeDestinationSequence,
  judgeNewestStart,
  judgeUse,
  judgeSourceSequence,
  type SequenceReading,
  type SideTimes,
  sourceBound,
} from "#lib/mover/assess-sequences.ts";
import { assessTables, droppedTables, totalOf } from "#lib/mover/assess-sizes.ts";
import {
  judgeCatalogue,
  judgeContent,
  judgeCoordination,
  judgeDrops,
  judgeLeftOver,
  judgeMetadata,
  judgeNames,
  judgeOpenTransactions,
  judgeRights,
  judgeServer,
  judgeSpace,
} from "#lib/mover/assess-stores.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { readNewestEntry } from "#lib/mover/newest-entry.ts";
import { probeTable, type TableProbe } from "#lib/mover/probe-table.ts";
import { droppedNames, type PlannedTable, selectTables } from "#lib/mover/select-tables.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";
import type { NewTable } from "#lib/mover/store-table.ts";

/** Tables read at once: enough that small ones do not wait for each other, few enough for a running service. */
const PROBES_AT_ONCE = 4;

/** Everything read of one side. */
export type SideReadings = {
  readonly survey: StoreSurvey;
  readonly times: SideTimes;
  readonly probes: ReadonlyMap<string, TableProbe>;
  /** What was found of our rights on its bound and of the servers behind it; read of a destination alone. */
  readonly rights: readonly StoreFinding[];
};

/** Both sides as they were read, with whether one server is behind both, and what the destination's sink can hold. */
export type MoveReadings = {
  readonly source: SideReadings;
  readonly destination: SideReadings;
  readonly server: SameServer;
  readonly checkTables: (tables: readonly NewTable[]) => void;
  readonly physicalName: (table: string) => string;
};

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
  const [here, there] = await Promise.all([source.surveyor.survey(), destination.surveyor.survey()]);
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
      physicalName: destination.surveyor.physicalName,
    };
    return judgeMove(readings, planned);
  } finally {
    await sink.close();
  }
}

/** The assessment of what was read; pure but for the clock in the readings. */
export function judgeMove(
  { source, destination, server, checkTables, physicalName }: MoveReadings,
  planned: readonly PlannedTable[],
): Assessment {
  const pair = [source.survey.place.kind, destination.survey.place.kind] as const;
  const tables = assessTables(pair, planned, source.probes, destination.probes);
  const dropped = droppedTables(planned, destination.probes);
  const total = totalOf(tables);
  const created = createdOf(planned, source.survey);
  const findings: readonly Finding[] = [
    judgeOverlap(source.survey.place, destination.survey.place, server),
    judgeServer("source", source.survey),
    judgeServer("destination", destination.survey),
    judgeCatalogue("source", source.survey),
    judgeCatalogue("destination", destination.survey),
    judgeContent(namesOf(planned, "copied"), dropped),
    judgeMetadata(created.filter(({ metadata }) => metadata.length === 0).map(({ name }) => name)),
    judgeNames(
      created.map((table) => ({ ...table, physicalName: physicalName(table.name) })),
      destination.survey,
      checkTables,
    ),
    judgeRights("source", source.survey, []),
    judgeRights("destination", destination.survey, droppedNames(planned)),
    ...destination.rights.flatMap(asFinding),
    judgeCoordination("source", source.survey),
    judgeCoordination("destination", destination.survey),
    ...judgeLeftOver(source.survey, destination.survey),
    judgeSourceSequence(source.times),
    ...judgeDestinationSequence(destination.times),
    ...judgeUse(destination.times, destination.survey.readAt),
    judgeNewestStart(destination.times, sourceBound(source.times)),
    ...judgeOpenTransactions(source.survey, source.probes),
    judgeDrops(dropped),
    judgeSpace(total.bytes),
  ];
  return {
    findings: [...findings],
    tables: [...tables],
    dropped: [...dropped],
    total,
    readAt: source.survey.readAt,
  };
}

/** What is in order needs no word here; what the store cannot tell is a warning, because the move finds out before the first cell. */
function asFinding({ code, verdict, message }: StoreFinding): readonly Finding[] {
  const id = `move.destination.${code}`;
  if (verdict === "pass") return [];
  if (verdict !== "blocking") return [warning(id, "The destination's server", { detail: message })];
  const remedy = "Mend it, then assess again.";
  return [blocking(id, "The destination's server is in the way", { detail: message, remedy })];
}

function namesOf(planned: readonly PlannedTable[], fate: PlannedTable["fate"]): readonly string[] {
  return planned.filter((table) => table.fate === fate).map(({ name }) => name);
}

function createdOf(planned: readonly PlannedTable[], { tables }: StoreSurvey): readonly NewTable[] {
  const names = new Set([...namesOf(planned, "copied"), ...namesOf(planned, "created-empty")]);
  return tables.filter(({ name }) => names.has(name)).map(({ name, metadata }) => ({ name, metadata }));
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
  const { coordination } = survey;
  if (coordination.state === "unreadable") {
    const entry = { state: "unknown", because: coordination.message } as const;
    return { survey, probes: new Map(), times: { ...(await readTimes(side)), entry } };
  }
  const source = await side.openSource();
  try {
    const missing = new Set(survey.missing);
    const present = probed.filter((name) => !missing.has(name));
    const [probes, times, entry] = [
      await probeAll(source, present),
      await readTimes(side),
      await readNewestEntry(source, side.bound),
    ];
    return { survey, probes, times: { ...times, entry } };
  } finally {
    await source.close();
  }
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

async function readTimes(side: MoveSide): Promise<Omit<SideTimes, "entry">> {
  const [{ state }, punch, sequence] = await Promise.all([
    side.bound.readBound(),
    readPunch(side),
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
