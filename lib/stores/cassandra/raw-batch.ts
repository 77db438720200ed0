import { BatchRequest } from "cassandra-driver/lib/requests.js";
import { FrameWriter } from "cassandra-driver/lib/writers.js";

import { CellCursor } from "#lib/mover/cell-block.ts";
import type { WriteBatch } from "#lib/stores/cassandra/write-batch.ts";

/** What the protocol calls these. Source: Cassandra, native_protocol_v4.spec, 2.4 and 4.1.7 */
const OPCODE_BATCH = 0x0d;
const UNLOGGED = 1;
const PREPARED = 1;
const COLUMNS = 4;

/** From this version on the flags of a batch have four bytes, and from version 3 on there are any. */
const LONG_FLAGS_VERSION = 5;

/** A bundler may hold this module twice beside one driver. */
const BRAND = Symbol.for("lockstep.batch-params");

/**
 * The parameters of a batch of cells, for the one item of `client.batch` whose statement takes `key, column1, column2, value`: the driver sees
 * the key of the first cell, by which it chooses a node, and sends all cells of the batch, with `column2` in place of their timestamps.
 */
export class BatchParams extends Array<Buffer> {
  readonly [BRAND] = true;
  readonly batch: WriteBatch;
  readonly column2: Buffer;

  constructor(key: Buffer, batch: WriteBatch, column2: Buffer) {
    super();
    this.push(key);
    this.batch = batch;
    this.column2 = column2;
  }
}

/**
 * Teaches the driver to send `BatchParams`. What it does for a cell otherwise, a dozen objects and as many small buffers, takes several times
 * the time and memory of the bytes (ADR 18). Calling it again changes nothing.
 */
export function teachBatches(): void {
  const { prototype } = BatchRequest;
  if (BRAND in prototype) return;
  Object.defineProperty(prototype, BRAND, { value: true });
  const write = prototype.write;
  prototype.write = function writeCells(encoder, streamId): Buffer {
    const [item] = this.queries;
    if (item === undefined || !isBatch(item.params)) {
      return write.call(this, encoder, streamId);
    }
    const frame = new FrameWriter(OPCODE_BATCH);
    frame.add(batchBody(item.params, item.queryId, this.options.getConsistency(), encoder.protocolVersion));
    this.length = frame.bodyLength;
    return frame.write(encoder.protocolVersion, streamId);
  };
}

function isBatch(params: unknown): params is BatchParams {
  return typeof params === "object" && params !== null && BRAND in params;
}

/**
 * A BATCH message's body: the same prepared statement for each cell. A record's fields stand in it as they do in a record.
 * Source: native_protocol_v4.spec, 4.1.7
 */
export function batchBody(
  { batch, column2 }: BatchParams,
  statementId: Buffer,
  consistency: number,
  protocolVersion: number,
): Buffer {
  const flagBytes = protocolVersion >= LONG_FLAGS_VERSION ? 4 : 1;
  const headBytes = 1 + 2 + statementId.length + 2;
  // A record begins with two bytes of its own.
  const body = Buffer.alloc(3 + batch.count * (headBytes - 2) + batch.bytes.length + 2 + flagBytes);
  body.writeUInt8(UNLOGGED, 0);
  body.writeUInt16BE(batch.count, 1);
  const cursor = new CellCursor();
  cursor.reset(batch);
  let at = 3;
  while (cursor.next()) {
    body.writeUInt8(PREPARED, at);
    body.writeUInt16BE(statementId.length, at + 1);
    statementId.copy(body, at + 3);
    body.writeUInt16BE(COLUMNS, at + headBytes - 2);
    at += headBytes;
    const fields = cursor.start + 2;
    batch.bytes.copy(body, at, fields, cursor.end);
    column2.copy(body, at + cursor.timestampAt - fields);
    at += cursor.end - fields;
  }
  // No flags: no serial consistency, and no time of the whole, since the statement says each cell's.
  body.writeUInt16BE(consistency, at);
  return body;
}
