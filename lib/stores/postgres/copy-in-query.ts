import type { Duplex } from "node:stream";
import type { Connection as WireConnection, Submittable } from "pg";

import { type CellBlock, recycleBlock } from "#lib/mover/cell-block.ts";
import { COPY_HEADER, COPY_TRAILER } from "#lib/stores/postgres/copy-binary.ts";

/** What may wait for the socket before the mover is held up. */
const WRITE_AHEAD_BYTES = 512 * 1_024;

/** Source: Postgres documentation, "Message Formats": CopyData, CopyDone. */
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/**
 * A COPY FROM STDIN in the binary format on one of pg's connections. Blocks go to the socket as they are, and their memory is given back when
 * the socket has taken them. Any failure comes out of `done`, and from then on nothing else is worth calling.
 */
export class CopyInQuery implements Submittable {
  readonly #text: string;
  readonly #begun = Promise.withResolvers<Duplex>();
  readonly #done = Promise.withResolvers<void>();
  #waitingBytes = 0;
  #room: (() => void) | null = null;

  constructor(text: string) {
    this.#text = text;
    this.#begun.promise.catch(() => undefined);
    this.#done.promise.catch(() => undefined);
  }

  /** Resolves when the server has taken everything; rejects with whatever went wrong. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: WireConnection): void {
    connection.query(this.#text);
  }

  /** Called by pg when the server waits for data. */
  handleCopyInResponse(connection: WireConnection): void {
    const { stream } = connection;
    this.#send(stream, COPY_HEADER, () => undefined);
    this.#begun.resolve(stream);
  }

  /** Takes a block, and resolves when there is room for the next one. @throws what went wrong before the server was ready */
  async write(block: CellBlock): Promise<void> {
    const stream = await this.#begun.promise;
    this.#send(stream, block.bytes, () => recycleBlock(block));
    if (this.#waitingBytes < WRITE_AHEAD_BYTES) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  /** Says that there are no more blocks. */
  async end(): Promise<void> {
    const stream = await this.#begun.promise;
    this.#send(stream, COPY_TRAILER, () => undefined);
    stream.write(COPY_DONE);
  }

  #send(stream: Duplex, bytes: Buffer, taken: () => void): void {
    const head = Buffer.allocUnsafe(5);
    head[0] = COPY_DATA;
    head.writeUInt32BE(bytes.length + 4, 1);
    this.#waitingBytes += bytes.length;
    stream.cork();
    stream.write(head);
    stream.write(bytes, (error) => {
      this.#waitingBytes -= bytes.length;
      if (error !== null && error !== undefined) return;
      taken();
      if (this.#waitingBytes >= WRITE_AHEAD_BYTES) return;
      this.#room?.();
      this.#room = null;
    });
    stream.uncork();
  }

  /** Called by pg with an error of the server or of the connection. */
  handleError(error: unknown): void {
    this.#begun.reject(error);
    this.#done.reject(error);
  }

  /** Called by pg; the counts are our own. */
  handleCommandComplete(): void {}

  /** Called by pg when the server is done with the statement. */
  handleReadyForQuery(): void {
    this.#done.resolve();
  }
}
