import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import { divideControl } from "#lib/mover/divide-control.ts";
import { type Difference, DIFFERENCES_MAX } from "#lib/mover/difference.ts";
import { controlMarks } from "#lib/mover/control-marks.ts";
import type {
  Checkpoint,
  Ledger,
  RunControl,
  RunPlan,
  Shard,
  ShardLease,
  ShardState,
} from "#lib/mover/ledger.ts";
import {
  checkpointToWire,
  checkpointWire,
  controlWire,
  differenceWire,
  failureWire,
  planToWire,
  planWire,
} from "#lib/mover/ledger-schema.ts";
import { FIRST_CONTROL, isDone, lostLease, otherPlan } from "#lib/mover/ledger-state.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";

/** How long a shard stays its holder's without a sign of life, in seconds of the console database's clock. */
export const SHARD_LEASE_SECONDS = 45;

type ShardRow = {
  readonly id: number;
  readonly state: string;
  readonly attempt: number;
  readonly worker: string | null;
  readonly checkpoint: string | null;
  readonly failure: string | null;
};

const shardState = z.enum(["waiting", "held", "done", "failed"]);

/**
 * The ledger of a run in the console's database, for any number of workers on any machines. Each change is one statement, fenced by the
 * attempt, by the database's clock. Failures of the database are AdapterErrors `unavailable` with effect `unknown`: every change may be
 * repeated.
 */
export function openConsoleLedger(runId: string): Ledger {
  return new ConsoleLedger(runId);
}

/** Opens a run before anybody has cut its plan, which reads the source and may take long. Nothing happens where it is there already. */
export async function reserveRun(runId: string, kind: RunPlan["kind"]): Promise<void> {
  await answered(
    async () => database().$executeRaw`
      INSERT INTO mover_run (id, kind, plan, control, wanted)
      VALUES (${runId}, ${kind}, ${NOT_PLANNED}, ${canonicalJson(FIRST_CONTROL)}, ${FIRST_CONTROL.wanted})
      ON CONFLICT (id) DO NOTHING`,
  );
}

/** Stands in the place of a plan that nobody has cut yet. */
const NOT_PLANNED = "";

/**
 * Asks something of a run inside a transaction of the console, so that it is recorded with it, and marks what changed. `retryFailed`: shards
 * that stand still wait again. @throws AppError `conflict` when the run was cancelled, which is final
 */
export async function askOfRun(
  tx: Pick<ReturnType<typeof database>, "$executeRaw" | "$queryRaw">,
  runId: string,
  { control, retryFailed, by }: { control: RunControl; retryFailed: boolean; by: string },
): Promise<void> {
  const [row] = await tx.$queryRaw<readonly { control: string }[]>`
    SELECT control FROM mover_run WHERE id = ${runId} AND wanted <> 'cancel' FOR UPDATE`;
  if (row === undefined)
    throw new AppError("conflict", "This was cancelled, which is final. Nothing was changed.");
  const marks = controlMarks(controlWire.parse(parseJson(row.control)), control, retryFailed);
  await tx.$executeRaw`
    UPDATE mover_run SET control = ${canonicalJson(control)}, wanted = ${control.wanted} WHERE id = ${runId}`;
  await tx.$executeRaw`
    INSERT INTO mover_mark (run_id, kind, text, by)
    SELECT ${runId}, mark.kind, mark.text, ${by}
    FROM unnest(${marks.map(({ kind }) => kind)}::text[], ${marks.map(({ text }) => text)}::text[]) AS mark (kind, text)`;
  if (!retryFailed) return;
  await tx.$executeRaw`
    UPDATE mover_shard SET state = 'waiting', failure = NULL WHERE run_id = ${runId} AND state = 'failed'`;
}

class ConsoleLedger implements Ledger {
  readonly #runId: string;
  #plan: RunPlan | null = null;

  constructor(runId: string) {
    this.#runId = runId;
  }

  async plan(): Promise<RunPlan | null> {
    if (this.#plan !== null) return this.#plan;
    const row = await answered(async () => database().moverRun.findUnique({ where: { id: this.#runId } }));
    this.#plan = row === null || row.plan === NOT_PLANNED ? null : planWire.parse(parseJson(row.plan));
    return this.#plan;
  }

  async #requirePlan(): Promise<RunPlan> {
    const found = await this.plan();
    if (found === null) throw new InvariantError(`the run ${this.#runId} has no plan`);
    return found;
  }

  async create(wanted: RunPlan): Promise<void> {
    if (wanted.runId !== this.#runId) throw new InvariantError("a ledger serves one run");
    await answered(async () => insertRun(wanted));
    const kept = await this.#requirePlan();
    if (canonicalJson(planToWire(kept)) !== canonicalJson(planToWire(wanted))) throw otherPlan(wanted.runId);
  }

  async claim(worker: string): Promise<ShardLease | null> {
    const row = await answered(async () => claimShard(this.#runId, worker));
    if (row === undefined) return null;
    const { start, shards } = await this.#requirePlan();
    const shard = shardOf(shards, row.id);
    return {
      runId: this.#runId,
      shard,
      start,
      attempt: row.attempt,
      worker,
      checkpoint: readCheckpoint(row),
    };
  }

  async renew(lease: ShardLease): Promise<void> {
    if ((await answered(async () => renewShard(lease))) === 0) throw lostLease(lease.shard);
  }

  async checkpoint(
    ...[lease, checkpoint, differences = []]: Parameters<Ledger["checkpoint"]>
  ): Promise<void> {
    if (!(await answered(async () => recordCheckpoint(lease, checkpoint, differences))))
      throw lostLease(lease.shard);
  }

  async release(...[lease, failure]: Parameters<Ledger["release"]>): Promise<void> {
    const text = failure === undefined ? null : canonicalJson(failure);
    if ((await answered(async () => releaseShard(lease, text))) === 0) throw lostLease(lease.shard);
  }

  async retryFailed(): Promise<void> {
    await answered(
      async () => database().$executeRaw`
        UPDATE mover_shard SET state = 'waiting', failure = NULL WHERE run_id = ${this.#runId} AND state = 'failed'`,
    );
  }

  async control(): ReturnType<Ledger["control"]> {
    const row = await answered(async () =>
      database().moverRun.findUnique({ where: { id: this.#runId }, select: { control: true } }),
    );
    return row === null ? FIRST_CONTROL : controlWire.parse(parseJson(row.control));
  }

  async share(worker: string): Promise<RunControl> {
    const rows = await answered(async () => readShares(this.#runId));
    const [row] = rows;
    if (row === undefined) return FIRST_CONTROL;
    const holders = rows.flatMap((one) =>
      one.worker === null ? [] : [{ worker: one.worker, lanes: one.lanes }],
    );
    return divideControl(controlWire.parse(parseJson(row.control)), holders, worker);
  }

  async setControl(control: RunControl): Promise<void> {
    const marks = controlMarks(await this.control(), control, false);
    await answered(
      async () => database().$executeRaw`
        WITH asked AS (
          UPDATE mover_run SET control = ${canonicalJson(control)}, wanted = ${control.wanted}
          WHERE id = ${this.#runId} AND wanted <> 'cancel' RETURNING id
        )
        INSERT INTO mover_mark (run_id, kind, text)
        SELECT asked.id, mark.kind, mark.text
        FROM asked, unnest(${marks.map(({ kind }) => kind)}::text[], ${marks.map(({ text }) => text)}::text[]) AS mark (kind, text)`,
    );
  }

  async shards(): ReturnType<Ledger["shards"]> {
    const found = await this.plan();
    if (found === null) return [];
    const rows = await answered(async () =>
      database().moverShard.findMany({ where: { runId: this.#runId }, orderBy: { id: "asc" } }),
    );
    return rows.map((row) => stateOf(shardOf(found.shards, row.id), row));
  }

  async differences(max: number): ReturnType<Ledger["differences"]> {
    const rows = await answered(async () =>
      database().moverDifference.findMany({
        where: { runId: this.#runId },
        orderBy: { id: "asc" },
        take: max,
      }),
    );
    return rows.map(({ difference }) => differenceWire.parse(parseJson(difference)));
  }

  async close(): Promise<void> {}
}

/** A row for each worker that holds a shard, one without a worker where none does; a shard whose lease ran out is nobody's. */
async function readShares(
  runId: string,
): Promise<readonly { readonly control: string; readonly worker: string | null; readonly lanes: number }[]> {
  return database().$queryRaw`
    SELECT run.control, holder.worker, coalesce(holder.lanes, 0) AS lanes
    FROM mover_run AS run LEFT JOIN (
      SELECT worker, count(*)::int AS lanes FROM mover_shard
      WHERE run_id = ${runId} AND state = 'held' AND lease_until > clock_timestamp() GROUP BY worker
    ) AS holder ON true
    WHERE run.id = ${runId}`;
}

function shardOf(shards: readonly Shard[], id: number): Shard {
  const found = shards[id];
  if (found === undefined) throw new InvariantError(`the plan has no shard ${id}`);
  return found;
}

function readCheckpoint({ checkpoint }: Pick<ShardRow, "checkpoint">) {
  return checkpoint === null ? null : checkpointWire.parse(parseJson(checkpoint));
}

function stateOf(shard: Shard, row: ShardRow): ShardState {
  return {
    shard,
    state: shardState.parse(row.state),
    attempt: row.attempt,
    worker: row.worker,
    checkpoint: readCheckpoint(row),
    failure: row.failure === null ? null : failureWire.parse(parseJson(row.failure)),
  };
}

/** The run with all its shards, or nothing when the run has a plan already. An unknown size counts as large. */
async function insertRun({ shards, ...plan }: RunPlan): Promise<void> {
  const ids = shards.map(({ id }) => id);
  const sizes = shards.map(({ estimate }) => BigInt(estimate.bytes ?? 2 ** 53));
  const tables = shards.map(({ table }) => table);
  const versions = shards.map(({ estimate }) => longOrNull(estimate.versions));
  const bytes = shards.map(({ estimate }) => longOrNull(estimate.bytes));
  await database().$executeRaw`
    WITH run AS (
      INSERT INTO mover_run (id, kind, plan, control, wanted)
      VALUES (${plan.runId}, ${plan.kind}, ${canonicalJson(planToWire({ ...plan, shards }))}, ${canonicalJson(FIRST_CONTROL)}, ${FIRST_CONTROL.wanted})
      ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan WHERE mover_run.plan = ${NOT_PLANNED} RETURNING id
    )
    INSERT INTO mover_shard (run_id, id, size, table_name, versions_estimated, bytes_estimated)
    SELECT run.id, shard.* FROM run,
      unnest(${ids}::int[], ${sizes}::bigint[], ${tables}::text[], ${versions}::bigint[], ${bytes}::bigint[]) AS shard`;
}

function longOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

async function claimShard(runId: string, worker: string): Promise<ShardRow | undefined> {
  const rows = await database().$queryRaw<readonly ShardRow[]>`
    WITH claimed AS (UPDATE mover_shard AS shard
    SET state = 'held', attempt = attempt + 1, worker = ${worker}, failure = NULL,
      lease_until = clock_timestamp() + make_interval(secs => ${SHARD_LEASE_SECONDS}::float8),
      claimed_at = clock_timestamp(), moved_at = NULL, cells_per_second = NULL, waiting_for = NULL,
      worked_ms = worked_ms + CASE WHEN state = 'held' THEN coalesce(greatest(0, floor(1000 * extract(epoch FROM
        lease_until - make_interval(secs => ${SHARD_LEASE_SECONDS}::float8) - claimed_at))), 0)::bigint ELSE 0 END
    WHERE shard.run_id = ${runId} AND shard.id = (
      SELECT id FROM mover_shard
      WHERE run_id = ${runId} AND (state = 'waiting' OR (state = 'held' AND lease_until <= clock_timestamp()))
        AND EXISTS (SELECT 1 FROM mover_run WHERE id = ${runId} AND wanted = 'run')
      ORDER BY size DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, state, attempt, worker, checkpoint, failure
    ), began AS (
      UPDATE mover_run SET started_at = clock_timestamp()
      WHERE id = ${runId} AND started_at IS NULL AND EXISTS (SELECT 1 FROM claimed)
    )
    SELECT * FROM claimed`;
  return rows[0];
}

async function renewShard({ runId, shard, attempt }: ShardLease): Promise<number> {
  return database().$executeRaw`
    UPDATE mover_shard SET lease_until = clock_timestamp() + make_interval(secs => ${SHARD_LEASE_SECONDS}::float8)
    WHERE run_id = ${runId} AND id = ${shard.id} AND attempt = ${attempt} AND state = 'held'`;
}

/** One statement: the fence, the checkpoint if it is newer, and then its differences as far as there is room. False without the fence. */
async function recordCheckpoint(
  { runId, shard, attempt }: ShardLease,
  checkpoint: Checkpoint,
  differences: readonly Difference[],
): Promise<boolean> {
  const { counts } = checkpoint;
  const text = canonicalJson(checkpointToWire(checkpoint));
  const found = differences.map((difference) => canonicalJson(difference));
  const held = await database().$queryRaw<readonly unknown[]>`
    WITH held AS (
      SELECT run_id, id, sequence FROM mover_shard
      WHERE run_id = ${runId} AND id = ${shard.id} AND attempt = ${attempt} AND state = 'held' FOR UPDATE
    ), moved AS (
      UPDATE mover_shard AS shard
      SET sequence = ${checkpoint.sequence}, checkpoint = ${text}, moved_at = clock_timestamp(),
        versions = ${counts.versions}, cells = ${counts.cells}, bytes = ${counts.bytes}, differences_found = ${counts.differences},
        lease_until = clock_timestamp() + make_interval(secs => ${SHARD_LEASE_SECONDS}::float8)
      FROM held WHERE shard.run_id = held.run_id AND shard.id = held.id AND held.sequence < ${checkpoint.sequence}
      RETURNING shard.run_id, shard.id
    ), noted AS (
      INSERT INTO mover_difference (run_id, shard, difference)
      SELECT moved.run_id, moved.id, found.text FROM moved, unnest(${found}::text[]) WITH ORDINALITY AS found (text, place)
      ORDER BY found.place
      LIMIT greatest(0, ${DIFFERENCES_MAX} - (SELECT count(*) FROM mover_difference WHERE run_id = ${runId}))
    )
    SELECT 1 FROM held`;
  return held.length > 0;
}

async function releaseShard({ runId, shard, attempt }: ShardLease, failure: string | null): Promise<number> {
  const row = await database().moverShard.findUnique({
    where: { runId_id: { runId, id: shard.id } },
    select: { checkpoint: true },
  });
  const unfinished = failure === null ? "waiting" : "failed";
  const state = row !== null && isDone(readCheckpoint(row)) ? "done" : unfinished;
  return database().$executeRaw`
    UPDATE mover_shard SET state = ${state}, worker = NULL, lease_until = NULL, failure = ${failure},
      done_at = CASE WHEN ${state} = 'done' THEN clock_timestamp() END, 
      worked_ms = worked_ms + coalesce(greatest(0, floor(1000 * extract(epoch FROM clock_timestamp() - claimed_at))), 0)::bigint,
      cells_per_second = NULL, waiting_for = NULL
    WHERE run_id = ${runId} AND id = ${shard.id} AND attempt = ${attempt} AND state = 'held'`;
}

/** Whatever the database or the way to it says, the change may be repeated: that is what the fences are for. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AppError || error instanceof AdapterError || error instanceof InvariantError)
      throw error;
    throw new AdapterError(
      "unavailable",
      "unknown",
      "The console's database did not answer. Nothing is lost: what was recorded stays, and the copy goes on when it answers again.",
      { cause: error },
    );
  }
}
