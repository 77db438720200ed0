import { mkdir, open, readFile, rm, writeFile, type FileHandle } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { AdapterError, AppError } from "#lib/errors.ts";
import type { Ledger, RunPlan, ShardLease } from "#lib/mover/ledger.ts";
import {
  checkpointToWire,
  checkpointWire,
  controlWire,
  differenceWire,
  failureWire,
  planToWire,
  planWire,
} from "#lib/mover/ledger-schema.ts";
import { type LedgerEvent, LedgerState, otherPlan } from "#lib/mover/ledger-state.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";

const LEDGER_FILE = "ledger.jsonl";
const LOCK_FILE = "ledger.lock";

const number = z.coerce.number().int().min(0);

const eventWire = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("created"), plan: planWire }),
  z.strictObject({ kind: z.literal("claimed"), shard: number, attempt: number, worker: z.string() }),
  z.strictObject({
    kind: z.literal("checkpoint"),
    shard: number,
    checkpoint: checkpointWire,
    differences: z.array(differenceWire),
  }),
  z.strictObject({ kind: z.literal("released"), shard: number, failure: failureWire.nullable() }),
  z.strictObject({ kind: z.literal("retried") }),
  z.strictObject({ kind: z.literal("control"), control: controlWire }),
]) satisfies z.ZodType<LedgerEvent>;

function toLine(event: LedgerEvent): string {
  if (event.kind === "created") return `${canonicalJson({ ...event, plan: planToWire(event.plan) })}\n`;
  if (event.kind === "checkpoint") {
    return `${canonicalJson({ ...event, checkpoint: checkpointToWire(event.checkpoint) })}\n`;
  }
  return `${canonicalJson(event)}\n`;
}

/**
 * The ledger of one process: an append-only file in `folder`, one JSON object a line, flushed to the disk before anything resolves. A last
 * line that was cut short by a crash was never promised to anybody and is dropped. Shards held by a process that ended wait again.
 * @throws AppError `conflict` when a living process has the folder, or when the file was changed by something else
 */
export async function openFileLedger(folder: string): Promise<Ledger> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await takeLock(path.join(folder, LOCK_FILE));
  try {
    const file = path.join(folder, LEDGER_FILE);
    const { state, length } = await readEvents(file);
    const handle = await open(file, "a+", 0o600);
    await handle.truncate(length);
    await syncFolder(folder);
    const ledger = new FileLedger(handle, state, length, path.join(folder, LOCK_FILE));
    await ledger.releaseDead();
    return ledger;
  } catch (error) {
    await rm(path.join(folder, LOCK_FILE), { force: true });
    throw error;
  }
}

/** A lock file names the process; one whose process is gone is taken over. */
async function takeLock(file: string): Promise<void> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx", mode: 0o600 });
  } catch {
    const holder = z.coerce
      .number()
      .int()
      .min(1)
      .safeParse(await readFile(file, "utf8").catch(() => ""));
    if (holder.success && isAlive(holder.data)) {
      throw new AppError(
        "conflict",
        `The process ${holder.data} is working with this state folder. Nothing was changed. Wait for it, or stop it.`,
      );
    }
    await writeFile(file, String(process.pid), { mode: 0o600 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Without this a new file's name may be gone after a power cut, though its bytes were flushed. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readEvents(file: string): Promise<{ readonly state: LedgerState; readonly length: number }> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  const length = bytes.lastIndexOf(0x0a) + 1;
  const state = new LedgerState();
  const lines = bytes.toString("utf8", 0, length).split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) {
    try {
      state.apply(eventWire.parse(parseJson(line)));
    } catch (cause) {
      throw new AppError(
        "conflict",
        `Line ${index + 1} of ${file} cannot be read, so what was copied is not known. Nothing was changed. Restore the file, or start over in an empty folder.`,
        { cause },
      );
    }
  }
  return { state, length };
}

function unwritable(cause?: unknown): AdapterError {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new AdapterError(
    "ledger-unwritable",
    "unknown",
    `The state folder cannot be written${why}, so nothing more is copied. What was recorded is intact. See whether its disk is full, then run the command again: it goes on there.`,
    { cause },
  );
}

class FileLedger implements Ledger {
  readonly #handle: FileHandle;
  readonly #state: LedgerState;
  readonly #lockFile: string;
  #queue: Promise<unknown> = Promise.resolve();
  /** Bytes of whole lines. */
  #length: number;
  #broken = false;

  constructor(handle: FileHandle, state: LedgerState, length: number, lockFile: string) {
    this.#handle = handle;
    this.#state = state;
    this.#length = length;
    this.#lockFile = lockFile;
  }

  /** One change at a time: decided, written, flushed, and only then seen by the next. */
  async #change<T>(decide: () => { readonly event: LedgerEvent | null; readonly result: T }): Promise<T> {
    const turn = this.#queue.then(async () => {
      const { event, result } = decide();
      if (event === null) return result;
      await this.#append(Buffer.from(toLine(event)));
      this.#state.apply(event);
      return result;
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** All of the line, or none: the next one must not be glued to half of it. */
  async #append(line: Buffer): Promise<void> {
    if (this.#broken) throw unwritable();
    try {
      await this.#handle.appendFile(line);
      await this.#handle.datasync();
      this.#length += line.length;
    } catch (cause) {
      await this.#handle.truncate(this.#length).catch(() => {
        this.#broken = true;
      });
      throw unwritable(cause);
    }
  }

  async releaseDead(): Promise<void> {
    for (const { shard, state } of this.#state.shards) {
      if (state !== "held") continue;
      await this.#change(() => ({
        event: { kind: "released", shard: shard.id, failure: null },
        result: undefined,
      }));
    }
  }

  async create(plan: RunPlan): Promise<void> {
    await this.#change(() => {
      const present = this.#state.plan;
      if (present === null) return { event: { kind: "created", plan }, result: undefined };
      if (canonicalJson(planToWire(present)) !== canonicalJson(planToWire(plan))) throw otherPlan(plan.runId);
      return { event: null, result: undefined };
    });
  }

  async plan(): Promise<RunPlan | null> {
    return this.#state.plan;
  }

  async claim(worker: string): Promise<ShardLease | null> {
    return this.#change<ShardLease | null>(() => {
      const claim = this.#state.claimNext(worker);
      return { event: claim?.event ?? null, result: claim?.lease ?? null };
    });
  }

  async renew(lease: ShardLease): Promise<void> {
    this.#state.requireHeld(lease);
  }

  async checkpoint(
    ...[lease, checkpoint, differences = []]: Parameters<Ledger["checkpoint"]>
  ): Promise<void> {
    await this.#change(() => {
      const held = this.#state.requireHeld(lease);
      const isNewer = checkpoint.sequence > (held.checkpoint?.sequence ?? 0);
      return {
        event: isNewer ? { kind: "checkpoint", shard: lease.shard.id, checkpoint, differences } : null,
        result: undefined,
      };
    });
  }

  async release(...[lease, failure]: Parameters<Ledger["release"]>): Promise<void> {
    await this.#change(() => {
      this.#state.requireHeld(lease);
      return {
        event: { kind: "released", shard: lease.shard.id, failure: failure ?? null },
        result: undefined,
      };
    });
  }

  async retryFailed(): Promise<void> {
    await this.#change(() => ({ event: { kind: "retried" }, result: undefined }));
  }

  async control(): ReturnType<Ledger["control"]> {
    return this.#state.control;
  }

  async share(): ReturnType<Ledger["share"]> {
    return this.control();
  }

  async setControl(control: Parameters<Ledger["setControl"]>[0]): Promise<void> {
    await this.#change(() => ({
      event: this.#state.control.wanted === "cancel" ? null : { kind: "control", control },
      result: undefined,
    }));
  }

  async shards(): ReturnType<Ledger["shards"]> {
    return this.#state.shards;
  }

  async differences(max: number): ReturnType<Ledger["differences"]> {
    return this.#state.differences.slice(0, max);
  }

  async close(): Promise<void> {
    await this.#queue;
    await this.#handle.close();
    await rm(this.#lockFile, { force: true });
  }
}
