import { Duplex } from "node:stream";
import type { Connection } from "pg";
import { describe, expect, test } from "vitest";

import { BLOCK_ROOM_BYTES, blockRoom, CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { COPY_HEADER, COPY_TRAILER } from "#lib/stores/postgres/copy-binary.ts";
import { CopyInQuery } from "#lib/stores/postgres/copy-in-query.ts";

/** A connection whose other side takes nothing until it is told to. */
function stalled() {
  const held: (() => void)[] = [];
  const sent: Buffer[] = [];
  let isOpen = false;
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      const take = () => {
        sent.push(Buffer.from(chunk));
        done();
      };
      if (isOpen) take();
      else held.push(take);
    },
  });
  const connection = { stream, query: () => undefined } as unknown as Connection;
  const open = () => {
    isOpen = true;
    for (const take of held.splice(0)) take();
  };
  return { connection, open, sent };
}

function block(bytes: number) {
  const builder = new CellBlockBuilder(BLOCK_ROOM_BYTES);
  builder.add(Buffer.from("r"), Buffer.from("c"), 5n, Buffer.alloc(bytes, 7));
  return builder.take();
}

/** The messages of the protocol, taken apart: their types and bodies. */
function messages(bytes: Buffer): { readonly type: string; readonly body: Buffer }[] {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    found.push({ type: String.fromCharCode(bytes[at] ?? 0), body: bytes.subarray(at + 5, end) });
    at = end;
  }
  return found;
}

const settled = async (work: Promise<unknown>) =>
  Promise.race([
    work.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false)))),
  ]);

describe("a copy into a server", () => {
  test("waits for a server that takes nothing, and uses the memory of a block again only when it is sent", async () => {
    const { connection, open, sent } = stalled();
    const copy = new CopyInQuery("COPY");
    copy.submit(connection);
    const early = copy.write(block(100_000));
    expect(await settled(early)).toBe(false);
    copy.handleCopyInResponse(connection);
    await early;
    const blocks = Array.from({ length: 5 }, () => block(250_000));
    const rooms = new Set(blocks.map(({ bytes }) => bytes.buffer));
    const expected = blocks.map(({ bytes }) => Buffer.from(bytes));
    let taken = 0;
    const writing = (async () => {
      for (const one of blocks) {
        await copy.write(one);
        taken += 1;
      }
    })();
    expect(await settled(writing)).toBe(false);
    expect(taken).toBeLessThan(3);
    expect(rooms.has(blockRoom().buffer)).toBe(false);
    open();
    await writing;
    await copy.end();
    copy.handleReadyForQuery();
    await copy.done;
    const got = messages(Buffer.concat(sent));
    expect(got.map(({ type }) => type)).toEqual([..."dddddddd".split(""), "c"]);
    expect(got[0]?.body).toEqual(COPY_HEADER);
    expect(got.slice(2, 7).map(({ body }) => body)).toEqual(expected);
    expect(got[7]?.body).toEqual(COPY_TRAILER);
    expect(rooms.has(blockRoom().buffer)).toBe(true);
  });

  test("tells a failure that comes before or while it writes", async () => {
    const { connection } = stalled();
    const copy = new CopyInQuery("COPY");
    copy.submit(connection);
    const writing = copy.write(block(10));
    copy.handleError(new Error("no such table"));
    await expect(writing).rejects.toThrow("no such table");
    await expect(copy.done).rejects.toThrow("no such table");
  });
});
