import { setTimeout as sleep } from "node:timers/promises";

import { types } from "cassandra-driver";

import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import type { ShardWriter } from "#lib/mover/cell-sink.ts";
import { AdapterError } from "#lib/errors.ts";
import { copyFailure, isPassing } from "#lib/stores/cassandra/copy-errors.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import type { WriteGate } from "#lib/stores/cassandra/write-gate.ts";

/** Cells of one row that are written in one request, and their bytes: far below what servers refuse (50 KB by default). */
const BATCH_CELLS_MAX = 50;
const BATCH_BYTES_MAX = 32 * 1_024;

/** How often one request is sent before its failure is told. The same bytes each time, so nothing can come of a repetition. */
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 200;

type Params = [key: Buffer, column1: Buffer, column2: bigint, value: Buffer];
type Batch = { readonly cells: readonly Params[]; readonly bytes: number };

/** One row's cells, up to a limit, while a block is walked. */
class Collected {
  cells: Params[] = [];
  bytes = 0;

  take(): Batch {
    const batch = { cells: this.cells, bytes: this.bytes };
    this.cells = [];
    this.bytes = 0;
    return batch;
  }
}

/**
 * Writes a shard's cells, all with write time S and column2 = ~S: whoever writes a cell of this copy again, this attempt, a later one or a
 * lost one that wakes up, writes the same. So there is no fence here, and checkpoints are the ledger's. Many requests are in flight; one
 * that fails in passing is sent again; `commit` waits for all. Errors of any of them come out of the next call.
 */
export class CassandraShardWriter implements ShardWriter {
  readonly recorded = null;
  readonly #session: CopySession;
  readonly #cql: string;
  readonly #gate: WriteGate;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #cursor = new CellCursor();
  #failure: AdapterError | null = null;
  #closed = false;

  /** `table` is quoted and qualified. `start` is S. */
  constructor(session: CopySession, table: string, start: bigint, gate: WriteGate) {
    this.#session = session;
    this.#gate = gate;
    this.#cql = `INSERT INTO ${table} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${start}`;
  }

  /** As `ShardWriter.write`. @throws AdapterError effect `unknown`: some of the cells may be there, which does no harm */
  async write(block: CellBlock): Promise<void> {
    const cursor = this.#cursor;
    const collected = new Collected();
    cursor.reset(block);
    while (cursor.next()) {
      const last = collected.cells.at(-1);
      const size = cursor.end - cursor.start;
      const sameRow =
        last !== undefined &&
        cursor.bytes.compare(last[0], 0, last[0].length, cursor.rowStart, cursor.rowEnd) === 0;
      if (last !== undefined && (!sameRow || isFull(collected, size))) await this.#send(collected.take());
      collected.cells.push([cursor.row, cursor.column, ~cursor.timestamp, cursor.value]);
      collected.bytes += size;
    }
    if (collected.cells.length > 0) await this.#send(collected.take());
  }

  /** As `ShardWriter.commit`. @throws AdapterError as `write` */
  async commit(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#rethrow();
  }

  /** As `ShardWriter.close`. Requests that are under way are left to end by themselves. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#inFlight);
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async #send(batch: Batch): Promise<void> {
    this.#rethrow();
    await this.#gate.enter(batch.bytes);
    const request = this.#attempt(batch).finally(() => {
      this.#gate.leave(batch.bytes);
      this.#inFlight.delete(request);
    });
    this.#inFlight.add(request);
  }

  /** Never rejects: a failure is kept for the next call. */
  async #attempt(batch: Batch): Promise<void> {
    for (let attempt = 1; this.#failure === null && !this.#closed; attempt += 1) {
      const from = performance.now();
      try {
        await this.#request(batch);
        this.#gate.window.answered(performance.now() - from, performance.now());
        return;
      } catch (error) {
        const failure = copyFailure(error, "unknown");
        if (!isPassing(failure) || attempt >= ATTEMPTS) {
          this.#failure ??= tooLarge(batch, failure);
          return;
        }
        this.#gate.window.refused(performance.now());
        await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
      }
    }
  }

  async #request({ cells }: Batch): Promise<void> {
    const options = { prepare: true, consistency: types.consistencies.eachQuorum, isIdempotent: true };
    const [only] = cells;
    if (cells.length === 1 && only !== undefined) {
      await this.#session.client.execute(this.#cql, only, options);
      return;
    }
    const queries = cells.map((params) => ({ query: this.#cql, params }));
    await this.#session.client.batch(queries, { ...options, logged: false });
  }
}

/** Some servers say no more than that a node failed, when what they were given was larger than they take. */
const SUSPICIOUS_BYTES = 4 * 1_024 * 1_024;

/** Names the cell that no server will take, so that a person can look at it. */
function tooLarge({ cells, bytes }: Batch, failure: AdapterError): AdapterError {
  const suspicious = failure.code === "write-failure" && bytes >= SUSPICIOUS_BYTES;
  const [cell] = cells;
  if ((failure.code !== "value-too-large" && !suspicious) || cell === undefined) return failure;
  const [row, column] = [cell[0].toString("hex"), cell[1].toString("hex")];
  const words = suspicious
    ? `A node failed to write this, probably because it is larger than it takes (half of commitlog_segment_size_in_mb). ${failure.message}`
    : failure.message;
  return new AdapterError(
    "value-too-large",
    "unknown",
    `The cell at row ${row}, column ${column} (${bytes} bytes) was not written. ${words}`,
    { cause: failure.cause },
  );
}

function isFull({ cells, bytes }: Collected, next: number): boolean {
  return cells.length >= BATCH_CELLS_MAX || bytes + next > BATCH_BYTES_MAX;
}
