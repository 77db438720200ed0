import { AdapterError } from "#lib/errors.ts";
import { classifyError } from "#lib/mover/classify-error.ts";
import { IdleClaims } from "#lib/mover/idle-claims.ts";
import type { Ledger, Recorder, RunControl, ShardLease } from "#lib/mover/ledger.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { pause, type Throttle } from "#lib/mover/throttle.ts";

/** How a lane waits: between looks at an empty or paused ledger, between signs of life, and between tries; all in milliseconds. */
export type LaneTimes = {
  readonly idleMs: number;
  readonly renewMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** A transient failure that lasts so long without a checkpoint in between leaves its range to a person; when nothing at all moved, the run. */
  readonly giveUpMs: number;
};

/** For production. */
export const LANE_TIMES: LaneTimes = {
  idleMs: 500,
  renewMs: 10_000,
  retryFirstMs: 500,
  retryMaxMs: 15_000,
  giveUpMs: 600_000,
};

/** How one shard is worked on; gets a signal that ends it at once, whom to ask after each checkpoint, and where to record it. */
export type WorkShard = (
  lease: ShardLease,
  hooks: {
    readonly ledger: Recorder;
    readonly next: () => Promise<"go" | "stop">;
    readonly signal: AbortSignal;
    readonly onProgress: OnProgress;
  },
) => Promise<"done" | "stopped">;

/** What the lanes of one process need. */
export type LaneParts = {
  readonly ledger: Ledger;
  readonly worker: string;
  readonly work: WorkShard;
  readonly throttle: Throttle;
  readonly times: LaneTimes;
  readonly onProgress: OnProgress;
  /** The process is to end: shards stop at their next checkpoint and are given back. */
  readonly signal: AbortSignal;
  /** "wait" stays while a person may resume or another worker may die; "leave" ends as soon as nothing can be claimed here. */
  readonly whenIdle: "wait" | "leave";
};

/** The lanes of this process; `leaving` are those that give their shard back because there are more than asked for. */
type Crew = { readonly lanes: Set<Promise<void>>; leaving: number };

/** What one lane works with: whether it goes on after a checkpoint. */
type HeldParts = LaneParts & { readonly next: () => Promise<"go" | "stop"> };

/** Why the lanes ended. "unfinished": failed shards are left, or others are still at work. */
export type LanesEnd = "done" | "paused" | "cancelled" | "stopped" | "unfinished";

/**
 * Works off a run with as many lanes as its control asks for, which may change while it runs. Every shard ends in the ledger as done,
 * waiting or failed; nothing that happens to one ends the others, except a fatal failure, which pauses the run.
 */
export async function runLanes(parts: LaneParts): Promise<LanesEnd> {
  const idle = new IdleClaims();
  const crew: Crew = { lanes: new Set(), leaving: 0 };
  const { lanes } = crew;
  const broken: unknown[] = [];
  while (broken.length === 0) {
    const control = await patiently(parts, async () => parts.ledger.share(parts.worker));
    applyControl(parts.throttle, control);
    if (control.wanted === "cancel" || parts.signal.aborted) break;
    let claimed = false;
    if (control.wanted === "run" && lanes.size < control.lanes)
      claimed = await startLane(parts, idle, crew, broken);
    if (claimed) continue;
    if (lanes.size === 0 && (await isOver(parts, control))) break;
    await Promise.race([pause(parts.times.idleMs, parts.signal), ...lanes]);
  }
  await Promise.all(lanes);
  if (broken.length > 0) throw broken[0];
  return endOf(parts);
}

async function startLane(
  parts: LaneParts,
  idle: IdleClaims,
  crew: Crew,
  broken: unknown[],
): Promise<boolean> {
  const lease = await patiently(parts, async () => parts.ledger.claim(parts.worker));
  if (lease === null) return false;
  const lane = holdShard(parts, idle, crew, lease)
    .catch((error: unknown) => void broken.push(error))
    .finally(() => crew.lanes.delete(lane));
  crew.lanes.add(lane);
  return true;
}

async function isOver(parts: LaneParts, control: RunControl): Promise<boolean> {
  const shards = await patiently(parts, async () => parts.ledger.shards());
  if (shards.every(({ state }) => state === "done")) return true;
  if (parts.whenIdle === "wait") return false;
  return control.wanted === "pause" || !shards.some(({ state }) => state === "waiting");
}

async function endOf(parts: LaneParts): Promise<LanesEnd> {
  if (parts.signal.aborted) return "stopped";
  const { wanted } = await patiently(parts, async () => parts.ledger.control());
  if (wanted === "cancel") return "cancelled";
  const shards = await patiently(parts, async () => parts.ledger.shards());
  if (shards.every(({ state }) => state === "done")) return "done";
  return wanted === "pause" ? "paused" : "unfinished";
}

function applyControl(throttle: Throttle, control: RunControl): void {
  throttle.setRates({
    cellsPerSecond: control.cellsPerSecondMax,
    bytesPerSecond: control.bytesPerSecondMax,
  });
}

/** The ledger may be gone for a while: asks again until it answers, or it is clear that it will not. */
async function patiently<T>(parts: Pick<LaneParts, "times" | "signal">, ask: () => Promise<T>): Promise<T> {
  const since = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const isHopeless = classifyError(error).class !== "transient";
      if (isHopeless || parts.signal.aborted || performance.now() - since > parts.times.giveUpMs) throw error;
      await pause(retryDelay(parts.times, tries), parts.signal);
    }
  }
}

/** Doubles with each try up to the most, with a random part, so that lanes do not come back all at once. */
function retryDelay({ retryFirstMs, retryMaxMs }: LaneTimes, tries: number): number {
  return Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(tries, 16)) * (0.5 + Math.random() / 2);
}

/** A process that did nothing for so long no longer trusts its leases. */
const STOOD_STILL_MS = 20_000;

/** Works on one shard until it is done, given back, failed or lost. Never throws, unless the ledger stays away. */
async function holdShard(around: LaneParts, idle: IdleClaims, crew: Crew, lease: ShardLease): Promise<void> {
  const about = { shard: lease.shard.id, table: lease.shard.table };
  let isLeaving = false;
  const parts: HeldParts = {
    ...around,
    next: async () => {
      const next = isLeaving ? "leave" : await whatNext(around, crew);
      if (next === "leave" && !isLeaving) {
        isLeaving = true;
        crew.leaving += 1;
      }
      return next === "go" ? "go" : "stop";
    },
    onProgress: (event) => {
      if (event.kind === "chunk") idle.moved(lease);
      around.onProgress(event);
    },
  };
  parts.onProgress({ kind: "started", ...about });
  const lost = new AbortController();
  let heardAt = performance.now();
  const renewing = setInterval(() => {
    // A process that was frozen hears this before anything else: others may have taken its ranges over, and set up another copy since.
    if (performance.now() - heardAt > parts.times.renewMs + STOOD_STILL_MS) lost.abort();
    heardAt = performance.now();
    parts.ledger.renew(lease).catch((error: unknown) => {
      if (classifyError(error).class === "lost") lost.abort();
    });
  }, parts.times.renewMs);
  try {
    idle.claimed(lease);
    const end = await workWithRetries(parts, idle, lease, lost.signal);
    if (end === "stopped" && (await parts.next()) === "stop") idle.moved(lease);
    await patiently(parts, async () => parts.ledger.release(lease));
    parts.onProgress({ kind: end === "done" ? "finished" : "released", ...about });
  } catch (error) {
    await settle(parts, lease, error);
  } finally {
    clearInterval(renewing);
    if (isLeaving) crew.leaving -= 1;
  }
}

async function workWithRetries(
  parts: HeldParts,
  idle: IdleClaims,
  lease: ShardLease,
  signal: AbortSignal,
): Promise<"done" | "stopped"> {
  let current = lease;
  let since = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      const onProgress: OnProgress = (event) => {
        if (event.kind === "chunk") {
          since = performance.now();
          tries = 0;
        }
        parts.onProgress(event);
      };
      const hooks = {
        ledger: patientRecorder(parts, signal),
        next: parts.next,
        signal,
        onProgress,
      };
      return await parts.work(current, hooks);
    } catch (error) {
      const known = classifyError(error);
      if (signal.aborted) throw lostTo(error);
      if (known.class !== "transient") throw error;
      if (performance.now() - since > parts.times.giveUpMs) giveUp(parts, idle, known.message, error);
      const delayMs = retryDelay(parts.times, tries);
      parts.onProgress({
        kind: "retry",
        shard: lease.shard.id,
        table: lease.shard.table,
        code: known.code,
        message: known.message,
        delayMs,
      });
      await pause(delayMs, AbortSignal.any([signal, parts.signal]));
      // A person must not have to wait for a store that is away.
      if ((await parts.next()) === "stop") return "stopped";
      current = await refreshed(parts, lease);
    }
  }
}

/** Waits for a ledger that is gone for a while, rather than doing a chunk again that the destination already has. */
function patientRecorder(parts: LaneParts, lost: AbortSignal): Recorder {
  const patience = { times: parts.times, signal: AbortSignal.any([parts.signal, lost]) };
  return {
    checkpoint: async (...about) => patiently(patience, async () => parts.ledger.checkpoint(...about)),
  };
}

/** The ledger's checkpoint may be newer than the one that came with the lease. */
async function refreshed(parts: LaneParts, lease: ShardLease): Promise<ShardLease> {
  const shards = await patiently(parts, async () => parts.ledger.shards());
  return { ...lease, checkpoint: shards[lease.shard.id]?.checkpoint ?? null };
}

async function whatNext(parts: LaneParts, crew: Crew): Promise<"go" | "stop" | "leave"> {
  if (parts.signal.aborted) return "stop";
  const control = await patiently(parts, async () => parts.ledger.share(parts.worker));
  applyControl(parts.throttle, control);
  if (control.wanted !== "run") return "stop";
  return crew.lanes.size - crew.leaving > control.lanes ? "leave" : "go";
}

async function settle(parts: LaneParts, lease: ShardLease, error: unknown): Promise<void> {
  const about = { shard: lease.shard.id, table: lease.shard.table };
  const known = classifyError(error);
  if (known.class === "lost") {
    parts.onProgress({ kind: "lost", ...about });
    // Where the ledger knows of nobody else, it was set back to an earlier state: the next claim is a newer attempt.
    await patiently(parts, async () => parts.ledger.release(lease)).catch(unlessLost);
    return;
  }
  const failure = {
    class: known.class === "poison" ? ("poison" as const) : ("fatal" as const),
    code: known.code,
    message: known.message.slice(0, 4_000),
  };
  parts.onProgress({ kind: "failed", ...about, failure });
  await patiently(parts, async () => parts.ledger.release(lease, failure)).catch(unlessLost);
  if (failure.class === "fatal") {
    const control = await patiently(parts, async () => parts.ledger.control());
    if (control.wanted === "run") {
      await patiently(parts, async () => parts.ledger.setControl({ ...control, wanted: "pause" }));
    }
  }
}

function unlessLost(error: unknown): void {
  if (classifyError(error).class !== "lost") throw error;
}

function lostTo(cause: unknown): AdapterError {
  return new AdapterError("lease-lost", "none", "Another worker has taken over this range.", { cause });
}

/** Throws where only this range stands still, or where everything does; between the two it is not clear yet which, so it is tried again. */
function giveUp({ times }: LaneParts, idle: IdleClaims, message: string, cause: unknown): void {
  const stillForMs = idle.stillForMs();
  if (stillForMs > times.giveUpMs) {
    throw new AdapterError(
      "gave-up",
      "none",
      `This failed again and again without any progress, so the run was paused. The last failure: ${message} What was recorded as copied is intact; resume when the cause is mended.`,
      { cause },
    );
  }
  if (stillForMs > times.giveUpMs / 2) return;
  throw new AdapterError(
    "range-stuck",
    "none",
    `This range failed again and again while others got further, so it is left alone. The last failure: ${message} What was recorded as copied is intact; retry it when the cause is mended.`,
    { cause },
  );
}
