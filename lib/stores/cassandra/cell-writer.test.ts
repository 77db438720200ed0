import { expect, test } from "vitest";

import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { CassandraShardWriter } from "#lib/stores/cassandra/cell-writer.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { WriteGate } from "#lib/stores/cassandra/write-gate.ts";

const START = 2n ** 53n + 1n;

function blockOf(rows: number) {
  const builder = new CellBlockBuilder();
  const value = Buffer.alloc(20_000);
  for (let row = 0; row < rows; row += 1) builder.add(Buffer.from([row]), Buffer.from("c"), START, value);
  return builder.take();
}

/** A session whose requests wait until they are let go. */
function heldSession() {
  const sent: (() => void)[] = [];
  const send = async () => new Promise<void>((resolve) => void sent.push(resolve));
  const session = { client: { execute: send, batch: send }, neighbours: 1 } as unknown as CopySession;
  return { session, sent };
}

test("a writer that was given up amid its requests sends no more of them, and calls nothing written", async () => {
  const { session, sent } = heldSession();
  const writer = new CassandraShardWriter(session, "k.t", START, new WriteGate());
  // More requests than may be in flight at first.
  const writing = writer.write(blockOf(200)).catch((error: unknown) => error);
  await expect.poll(() => sent.length).toBeGreaterThan(10);
  const before = sent.length;
  const closing = writer.close();
  while (sent.length > 0) {
    for (const answer of sent.splice(0)) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closing;
  expect(await writing).toMatchObject({ code: "lease-lost", effect: "unknown" });
  expect(before).toBeLessThan(200);
  await expect(writer.commit()).rejects.toMatchObject({
    code: "lease-lost",
  });
});
