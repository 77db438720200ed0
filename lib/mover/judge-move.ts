import { blocking, type Finding, warning } from "#lib/engine/finding.ts";
import { judgeLimits, judgeSpace } from "#lib/mover/assess-limits.ts";
import { judgeOverlap, type SameServer } from "#lib/mover/assess-overlap.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import {
  judgeDestinationSequence,
  judgeNewestStart,
  judgeSourceSequence,
  judgeUse,
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
} from "#lib/mover/assess-stores.ts";
import type { TableProbe } from "#lib/mover/probe-table.ts";
import { droppedNames, type PlannedTable } from "#lib/mover/select-tables.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";
import type { NewTable } from "#lib/mover/store-table.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

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
    judgeLimits(destination.survey.place.kind, source.probes),
    judgeSpace(destination.survey.place.kind, total.bytes, dropped),
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
