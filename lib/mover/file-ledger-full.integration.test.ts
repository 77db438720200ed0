import type * as promises from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { classifyError } from "#lib/mover/classify-error.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";

/** A disk without room: half of what is appended gets there. */
const disk = vi.hoisted(() => ({ isFull: false, alsoForTruncation: false }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof promises>();
  const open = async (...about: Parameters<typeof real.open>): Promise<promises.FileHandle> => {
    const handle = await real.open(...about);
    const append = handle.appendFile.bind(handle);
    const truncate = handle.truncate.bind(handle);
    const full = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    handle.appendFile = async (data) => {
      if (!disk.isFull) return append(data);
      const bytes = Buffer.from(data as Uint8Array);
      await append(bytes.subarray(0, bytes.length / 2));
      throw full();
    };
    handle.truncate = async (length) => {
      if (disk.alsoForTruncation) throw full();
      await truncate(length);
    };
    return handle;
  };
  return { ...real, open };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-full-"));
});
afterEach(async () => {
  disk.isFull = false;
  disk.alsoForTruncation = false;
  await rm(folder, { recursive: true, force: true });
});

const checkpoint = (sequence: number) => ({
  sequence,
  next: { row: Buffer.from([sequence]), column: Buffer.alloc(0) },
  counts: NO_COUNTS,
});

async function claimed() {
  const ledger = await openFileLedger(folder);
  const range = { from: null, to: null };
  const shard = { id: 0, table: "app.t", range, estimate: { versions: null, bytes: null } };
  await ledger.create({ runId: "run", kind: "copy", start: 5n, shards: [shard] });
  const lease = await ledger.claim("w");
  if (lease === null) throw new Error("no lease");
  await ledger.checkpoint(lease, checkpoint(1));
  return { ledger, lease };
}

test("a line that found no room is undone, so that the next one is not glued to half of it", async () => {
  const { ledger, lease } = await claimed();
  disk.isFull = true;
  const failure = await ledger.checkpoint(lease, checkpoint(2)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "ledger-unwritable", effect: "unknown" });
  expect(classifyError(failure).class).toBe("fatal");
  expect((await ledger.shards())[0]?.checkpoint).toEqual(checkpoint(1));
  disk.isFull = false;
  await ledger.checkpoint(lease, checkpoint(2));
  await ledger.close();
  const again = await openFileLedger(folder);
  expect((await again.shards())[0]?.checkpoint).toEqual(checkpoint(2));
  await again.close();
});

test("where it cannot be undone nothing is written any more, and what was recorded can be read", async () => {
  const { ledger, lease } = await claimed();
  disk.isFull = true;
  disk.alsoForTruncation = true;
  await expect(ledger.checkpoint(lease, checkpoint(2))).rejects.toMatchObject({ code: "ledger-unwritable" });
  disk.isFull = false;
  disk.alsoForTruncation = false;
  await expect(ledger.checkpoint(lease, checkpoint(2))).rejects.toMatchObject({ code: "ledger-unwritable" });
  await ledger.close();
  const again = await openFileLedger(folder);
  expect((await again.shards())[0]?.checkpoint).toEqual(checkpoint(1));
  await again.close();
});
