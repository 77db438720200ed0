import { database } from "#lib/db/client.ts";
import { HEARTBEAT_GONE_AFTER_SECONDS } from "#lib/health/worker-heartbeat.ts";
import { type Counts, mapCounts } from "#lib/mover/counts.ts";
import type { RunControl } from "#lib/mover/ledger.ts";
import { controlWire, failureWire } from "#lib/mover/ledger-schema.ts";
import type { Stretch } from "#lib/mover/rate-points.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** What the ledger has of one table of a run; sums over its shards. */
export type TableRow = {
  readonly name: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly held: number;
  readonly versions: number;
  readonly cells: number;
  readonly bytes: number;
  readonly differences: number;
  readonly estimatedVersions: number | null;
  readonly estimatedBytes: number | null;
};

/** A shard that a worker holds. */
export type LaneRow = {
  readonly shard: number;
  readonly table: string;
  readonly worker: string;
  readonly since: Date;
  readonly movedAt: Date | null;
  readonly cellsPerSecond: number | null;
  readonly waitingFor: string | null;
};

/** Estimated bytes of shards by how they stand; a shard without an estimate has those of an average one. */
export type WeightRow = {
  readonly done: number;
  readonly left: number;
  readonly largestLeft: number;
  readonly slow: number | null;
  readonly fast: number | null;
};

/** What a worker did in a run, and how it is on the list of workers. `lanes`: those that it holds now. */
export type RunWorkerRow = {
  readonly name: string;
  readonly host: string | null;
  readonly processId: number | null;
  readonly state: string;
  readonly version: string | null;
  readonly lanes: number;
  readonly cells: number;
  readonly cellsPerSecond: number;
};

/** A run as the console's database has it, with the plan left out. */
export type CopyRows = {
  readonly run: {
    readonly id: string;
    readonly control: RunControl;
    /** False before a worker has cut the run into shards. */
    readonly isPlanned: boolean;
    readonly startedAt: Date | null;
    readonly readAt: Date;
    readonly lastDoneAt: Date | null;
    readonly differencesListed: number;
  };
  readonly counts: Counts;
  readonly tables: readonly TableRow[];
  readonly weight: WeightRow;
  readonly stretches: readonly Stretch[];
  readonly lanes: readonly LaneRow[];
  readonly workers: readonly RunWorkerRow[];
  readonly marks: readonly { at: Date; kind: string; text: string; by: string | null }[];
  readonly errors: readonly {
    class: string;
    code: string;
    count: number;
    firstAt: Date;
    lastAt: Date;
    message: string;
    table: string;
    shard: number;
  }[];
  readonly failed: readonly { shard: number; table: string; failure: ReturnType<typeof failureWire.parse> }[];
};

/** Reads everything about one run at once; null when there is no such run. @throws what the database throws */
export async function readCopy(runId: string): Promise<CopyRows | null> {
  const [run, counts, tables, weight, stretches, lanes, workers, marks, errors, failed] = await Promise.all([
    readRun(runId),
    readCounts(runId),
    readTables(runId),
    readWeight(runId),
    readStretches(runId),
    readLanes(runId),
    readWorkers(runId),
    readMarks(runId),
    readErrors(runId),
    readFailed(runId),
  ]);
  if (run === null) return null;
  return { run, counts, tables, weight, stretches, lanes, workers, marks, errors, failed };
}

async function readRun(runId: string): Promise<CopyRows["run"] | null> {
  const [row] = await database().$queryRaw<
    (Omit<CopyRows["run"], "control"> & { readonly control: string })[]
  >`
    SELECT id, control, plan <> '' AS "isPlanned", started_at AS "startedAt", clock_timestamp() AS "readAt",
      (SELECT max(done_at) FROM mover_shard WHERE run_id = ${runId}) AS "lastDoneAt",
      (SELECT count(*)::int FROM mover_difference WHERE run_id = ${runId}) AS "differencesListed"
    FROM mover_run WHERE id = ${runId}`;
  return row === undefined ? null : { ...row, control: controlWire.parse(parseJson(row.control)) };
}

/** Every count of the newest checkpoints; the columns hold only what tables are shown with. */
async function readCounts(runId: string): Promise<Counts> {
  const rows = await database().$queryRaw<{ readonly name: string; readonly total: number }[]>`
    SELECT count.key AS name, sum(count.value::numeric)::float8 AS total
    FROM mover_shard, json_each_text(checkpoint::json -> 'counts') AS count
    WHERE run_id = ${runId} AND checkpoint IS NOT NULL GROUP BY count.key`;
  const found = new Map(rows.map(({ name, total }) => [name, total]));
  return mapCounts((name) => found.get(name) ?? 0);
}

async function readTables(runId: string): Promise<TableRow[]> {
  return database().$queryRaw<TableRow[]>`
    SELECT table_name AS name, count(*)::int AS total, count(*) FILTER (WHERE state = 'done')::int AS done,
      count(*) FILTER (WHERE state = 'failed')::int AS failed, count(*) FILTER (WHERE state = 'held')::int AS held,
      sum(versions)::float8 AS versions, sum(cells)::float8 AS cells, sum(bytes)::float8 AS bytes,
      sum(differences_found)::float8 AS differences, sum(versions_estimated)::float8 AS "estimatedVersions",
      sum(bytes_estimated)::float8 AS "estimatedBytes"
    FROM mover_shard WHERE run_id = ${runId} GROUP BY table_name ORDER BY table_name`;
}

/** A held shard counts for what of it was read already, never more than nearly all. */
async function readWeight(runId: string): Promise<WeightRow> {
  const [row] = await database().$queryRaw<WeightRow[]>`
    WITH average AS (
      SELECT coalesce(greatest(1, avg(bytes_estimated)), 1) AS bytes FROM mover_shard WHERE run_id = ${runId}
    ), shard AS (
      SELECT state, done_at, worked_ms, greatest(1, coalesce(bytes_estimated, average.bytes)) AS weight,
        CASE WHEN state = 'done' THEN 1
          ELSE least(0.95, versions / greatest(1, coalesce(versions_estimated, versions * 2))::float8) END AS part
      FROM mover_shard, average WHERE run_id = ${runId}
    ), newest AS (
      SELECT weight / (greatest(1, worked_ms) / 1000.0) AS rate FROM shard WHERE state = 'done' ORDER BY done_at DESC LIMIT 200
    )
    SELECT coalesce(sum(weight * part), 0)::float8 AS done, coalesce(sum(weight * (1 - part)), 0)::float8 AS "left",
      coalesce(max(weight * (1 - part)), 0)::float8 AS "largestLeft",
      (SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY rate)::float8 FROM newest) AS slow,
      (SELECT percentile_cont(0.75) WITHIN GROUP (ORDER BY rate)::float8 FROM newest) AS fast
    FROM shard`;
  return row ?? { done: 0, left: 0, largestLeft: 0, slow: null, fast: null };
}

async function readStretches(runId: string): Promise<Stretch[]> {
  const rows = await database().$queryRaw<
    (Omit<Stretch, "ms"> & {
      readonly source: number;
      readonly filter: number;
      readonly destination: number;
      readonly throttle: number;
    })[]
  >`
    SELECT second, sum(lanes)::int AS lanes, sum(versions)::float8 AS versions, sum(cells)::float8 AS cells,
      sum(bytes)::float8 AS bytes, sum(bytes_read)::float8 AS "bytesRead", sum(source_ms)::float8 AS source,
      sum(filter_ms)::float8 AS filter, sum(destination_ms)::float8 AS destination, sum(throttle_ms)::float8 AS throttle
    FROM mover_rollup WHERE run_id = ${runId} GROUP BY second ORDER BY second`;
  return rows.map(({ source, filter, destination, throttle, ...row }) => ({
    ...row,
    ms: { source, filter, destination, throttle },
  }));
}

async function readLanes(runId: string): Promise<LaneRow[]> {
  return database().$queryRaw<LaneRow[]>`
    SELECT id AS shard, table_name AS "table", coalesce(worker, '') AS worker,
      coalesce(claimed_at, clock_timestamp()) AS since, moved_at AS "movedAt",
      cells_per_second::float8 AS "cellsPerSecond", waiting_for AS "waitingFor"
    FROM mover_shard WHERE run_id = ${runId} AND state = 'held' ORDER BY worker, id LIMIT 200`;
}

/** A worker's name in a run ends with the identifier of its heartbeat. */
async function readWorkers(runId: string): Promise<RunWorkerRow[]> {
  return database().$queryRaw<RunWorkerRow[]>`
    WITH did AS (
      SELECT worker, sum(cells)::float8 AS cells FROM mover_rollup WHERE run_id = ${runId} GROUP BY worker
    ), holds AS (
      SELECT worker, count(*)::int AS lanes, sum(cells_per_second)::float8 AS rate FROM mover_shard WHERE run_id = ${runId} AND state = 'held' GROUP BY worker
    )
    SELECT worker AS name, heartbeat.version, heartbeat.host, heartbeat.process_id AS "processId", coalesce(holds.lanes, 0) AS lanes, coalesce(did.cells, 0) AS cells,
      coalesce(holds.rate, 0) AS "cellsPerSecond",
      CASE WHEN heartbeat.id IS NULL THEN 'unknown' WHEN heartbeat.ended_at IS NOT NULL THEN 'ended'
        WHEN heartbeat.seen_at > now() - make_interval(secs => ${HEARTBEAT_GONE_AFTER_SECONDS}::float8) THEN 'live' ELSE 'silent' END AS state
    FROM did FULL JOIN holds USING (worker)
      LEFT JOIN worker_heartbeat AS heartbeat ON heartbeat.id::text = right(worker, 36)
    ORDER BY holds.lanes DESC NULLS LAST, worker LIMIT 100`;
}

async function readMarks(runId: string): Promise<CopyRows["marks"][number][]> {
  return database().moverMark.findMany({
    where: { runId },
    orderBy: { id: "desc" },
    take: 190,
    select: { at: true, kind: true, text: true, by: true },
  });
}

async function readErrors(runId: string): Promise<CopyRows["errors"][number][]> {
  return database().$queryRaw<CopyRows["errors"][number][]>`
    SELECT class, code, count::float8 AS count, first_at AS "firstAt", last_at AS "lastAt", message, table_name AS "table", shard
    FROM mover_error WHERE run_id = ${runId} ORDER BY last_at DESC LIMIT 50`;
}

async function readFailed(runId: string): Promise<CopyRows["failed"][number][]> {
  const rows = await database().moverShard.findMany({
    where: { runId, state: "failed" },
    orderBy: { id: "asc" },
    take: 100,
    select: { id: true, tableName: true, failure: true },
  });
  return rows.flatMap(({ id, tableName, failure }) =>
    failure === null ? [] : [{ shard: id, table: tableName, failure: failureWire.parse(parseJson(failure)) }],
  );
}
