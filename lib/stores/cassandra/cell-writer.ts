import { setTimeout as sleep } from "node:timers/promises";

import { types } from "cassandra-driver";

import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { type CellBlock, CellCursor } from "#lib/mover/cell-block.ts";
import type { ShardWriter } from "#lib/mover/cell-sink.ts";
import { AdapterError, InvariantError } from "#lib/errors.ts";
import { copyFailure, isPassing } from "#lib/stores/cassandra/copy-errors.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { BatchParams, teachBatches } from "#lib/stores/cassandra/raw-batch.ts";
import { BatchCollector, firstCell, halves, type WriteBatch } from "#lib/stores/cassandra/write-batch.ts";
import type { WriteGate } from "#lib/stores/cassandra/write-gate.ts";

/** How often one request is sent before its failure is told. The same bytes each time, so nothing can come of a repetition. */
const ATTEMPTS = 4;
const FIRST_DELAY_MS = 200;

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
  /** S as it stands in a block. */
  readonly #start = Buffer.alloc(8);
  readonly #column2 = Buffer.alloc(8);
  readonly #collector: BatchCollector;
  #failure: AdapterError | null = null;
  #closed = false;

  /** `table` is quoted and qualified. `start` is S. */
  constructor(session: CopySession, table: string, start: bigint, gate: WriteGate) {
    this.#session = session;
    this.#gate = gate;
    this.#start.writeBigInt64BE(start);
    this.#column2.writeBigInt64BE(column2Of(start));
    this.#collector = new BatchCollector(session.neighbours);
    teachBatches();
    this.#cql = `INSERT INTO ${table} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${start}`;
  }

  /** As `ShardWriter.write`. @throws AdapterError effect `unknown`: some of the cells may be there, which does no harm */
  async write(block: CellBlock): Promise<void> {
    const cursor = this.#cursor;
    const [high, low] = [this.#start.readInt32BE(0), this.#start.readInt32BE(4)];
    cursor.reset(block);
    while (cursor.next()) {
      if (cursor.timestampLow !== low || cursor.timestampHigh !== high) throw notAtStart();
      const batch = this.#collector.add(cursor);
      if (batch !== null) await this.#send(batch);
    }
    // The block's bytes are let go with its last request.
    const rest = this.#collector.take();
    if (rest !== null) await this.#send(rest);
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
    // What is not sent any more must never be taken for written.
    if (this.#closed) throw closed();
  }

  async #send(batch: WriteBatch): Promise<void> {
    this.#rethrow();
    const load = { cells: batch.count, bytes: batch.bytes.length };
    await this.#gate.enter(load);
    const request = this.#attempt(batch).finally(() => {
      this.#gate.leave(load);
      this.#inFlight.delete(request);
    });
    this.#inFlight.add(request);
  }

  /** Never rejects: a failure is kept for the next call. */
  async #attempt(batch: WriteBatch): Promise<void> {
    for (let attempt = 1; this.#failure === null && !this.#closed; attempt += 1) {
      const from = performance.now();
      try {
        await this.#request(batch);
        const now = performance.now();
        this.#gate.window.answered(now - from, now);
        return;
      } catch (error) {
        const failure = copyFailure(error, "unknown");
        const parts = failure.code === "value-too-large" ? halves(batch) : null;
        if (parts !== null) {
          for (const part of parts) await this.#attempt(part);
          return;
        }
        if (!isPassing(failure) || attempt >= ATTEMPTS) {
          this.#failure ??= tooLarge(batch, failure);
          return;
        }
        this.#gate.window.refused(performance.now());
        await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
      }
    }
  }

  async #request(batch: WriteBatch): Promise<void> {
    const { client } = this.#session;
    const { row, column, value } = firstCell(batch);
    if (batch.count === 1) await client.execute(this.#cql, [row, column, this.#column2, value], WRITE);
    else {
      const params = new BatchParams(row, batch, this.#column2);
      await client.batch([{ query: this.#cql, params }], WRITE);
    }
  }
}

/** As AtlasDB writes. Source: atlasdb-facts E.3 */
const WRITE = {
  prepare: true,
  consistency: types.consistencies.eachQuorum,
  isIdempotent: true,
  logged: false,
} as const;

function closed(): AdapterError {
  return new AdapterError(
    "lease-lost",
    "unknown",
    "The writing was given up in the middle. Nothing more of it is recorded.",
  );
}

function notAtStart(): InvariantError {
  return new InvariantError("a cell was to be written at another timestamp than S");
}

/** Some servers say no more than that a node failed, when what they were given was larger than they take. */
const SUSPICIOUS_BYTES = 4 * 1_024 * 1_024;

/** Names the cell that no server will take, so that a person can look at it. */
function tooLarge(batch: WriteBatch, failure: AdapterError): AdapterError {
  const bytes = batch.bytes.length;
  const suspicious = failure.code === "write-failure" && bytes >= SUSPICIOUS_BYTES;
  if (failure.code !== "value-too-large" && !suspicious) return failure;
  const cell = firstCell(batch);
  const [row, column] = [cell.row.toString("hex"), cell.column.toString("hex")];
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
