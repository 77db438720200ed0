import type { Connection as WireConnection, Submittable } from "pg";

import type { CellBlock } from "#lib/mover/cell-block.ts";
import { CopySplitter } from "#lib/stores/postgres/copy-binary.ts";
import type { Tap } from "#lib/stores/postgres/socket.ts";

/** Blocks that may wait for the consumer; then the socket is no longer read, and the server waits, too. */
const BLOCKS_AHEAD_MAX = 3;

/** Source: Postgres documentation, "Message Formats": one byte of type, four of length without the type. */
const MESSAGE_HEAD_BYTES = 5;
const COPY_DATA = 0x64;
/** CopyOutResponse, NoticeResponse, ParameterStatus, NotificationResponse: they come in between and say nothing to us. */
const PASSED_OVER: ReadonlySet<number> = new Set([0x48, 0x4e, 0x53, 0x41]);

/**
 * A COPY TO STDOUT on one of pg's connections: takes the connection's bytes over from pg while rows come, puts them together to blocks
 * without an object a row, and gives the connection back with whatever ends the copy. Reads no more than a few blocks ahead of the consumer.
 */
export class CopyOutQuery implements Submittable {
  readonly #text: string;
  readonly #tap: Tap;
  readonly #splitter = new CopySplitter();
  readonly #blocks: CellBlock[] = [];
  readonly #head = Buffer.alloc(MESSAGE_HEAD_BYTES);
  #headLength = 0;
  /** Of the message that is being read: its type, and how much of it is still to come. */
  #type = 0;
  #missing = 0;
  #connection: WireConnection | null = null;
  /** Whether the connection is ours, and not pg's. */
  #isOpen = false;
  #state: "running" | "done" | "failed" = "running";
  #failure: unknown = null;
  #wake: (() => void) | null = null;

  constructor(text: string, tap: Tap) {
    this.#text = text;
    this.#tap = tap;
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: WireConnection): void {
    this.#connection = connection;
    this.#isOpen = true;
    this.#tap.open(connection.stream, this.#onData);
    connection.query(this.#text);
  }

  /** The next block, as soon as there is one; null when there are no more. @throws what went wrong */
  async next(): Promise<CellBlock | null> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        if (this.#blocks.length < BLOCKS_AHEAD_MAX && this.#isOpen) this.#connection?.stream.resume();
        return block;
      }
      if (this.#state === "failed") throw this.#failure;
      if (this.#state === "done") return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#read(chunk);
    } catch (error) {
      this.#fail(error);
      this.#connection?.stream.destroy();
    }
  };

  /** Goes through the messages of a piece from the network, which may be cut anywhere. */
  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing === 0) {
        const begun = this.#begin(chunk, at);
        if (begun === null) {
          this.#giveBack(chunk, at);
          return;
        }
        at = begun;
        continue;
      }
      const end = Math.min(chunk.length, at + this.#missing);
      if (this.#type === COPY_DATA) this.#splitter.write(chunk, at, end);
      this.#missing -= end - at;
      at = end;
    }
    if (this.#splitter.isFull) this.#handOn();
  }

  /** Reads the head of a message at `at`, and gives where its body begins; null when the message is for pg. */
  #begin(chunk: Buffer, at: number): number | null {
    const type = this.#headLength === 0 ? chunk[at] : this.#head[0];
    if (type !== COPY_DATA && !PASSED_OVER.has(type ?? 0)) return null;
    if (this.#headLength === 0 && at + MESSAGE_HEAD_BYTES <= chunk.length) {
      this.#type = type ?? 0;
      this.#missing = chunk.readUInt32BE(at + 1) - 4;
      return at + MESSAGE_HEAD_BYTES;
    }
    const end = Math.min(chunk.length, at + MESSAGE_HEAD_BYTES - this.#headLength);
    chunk.copy(this.#head, this.#headLength, at, end);
    this.#headLength += end - at;
    if (this.#headLength === MESSAGE_HEAD_BYTES) {
      this.#headLength = 0;
      this.#type = type ?? 0;
      this.#missing = this.#head.readUInt32BE(1) - 4;
    }
    return end;
  }

  #handOn(): void {
    const block = this.#splitter.take();
    if (block === null) return;
    this.#blocks.push(block);
    if (this.#blocks.length >= BLOCKS_AHEAD_MAX && this.#isOpen) this.#connection?.stream.pause();
    this.#wakeUp();
  }

  /** CopyDone, an error, or anything else: pg reads on from there. */
  #giveBack(chunk: Buffer, at: number): void {
    this.#handOn();
    this.#isOpen = false;
    this.#tap.close(chunk.subarray(at));
    this.#connection?.stream.resume();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #fail(error: unknown): void {
    if (this.#state === "running") {
      this.#state = "failed";
      this.#failure = error;
    }
    this.#wakeUp();
  }

  /** Called by pg with an error of the server or of the connection. */
  handleError(error: unknown): void {
    this.#fail(error);
  }

  /** Called by pg; how many rows there were, we know. */
  handleCommandComplete(): void {}

  /** Called by pg when the server is done with the statement. */
  handleReadyForQuery(): void {
    if (this.#state !== "running") return;
    try {
      this.#splitter.end();
      this.#state = "done";
    } catch (error) {
      this.#fail(error);
    }
    this.#wakeUp();
  }
}
