import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { ledgerContract } from "#lib/mover/ledger-contract.ts";

describe("the ledger of one process", () => {
  let folder: string;
  const file = () => path.join(folder, "state", "ledger.jsonl");
  const open = async () => openFileLedger(path.join(folder, "state"));

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lockstep-ledger-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  ledgerContract({
    open,
    runId: () => "run-1",
    restart: async (ledger) => {
      await ledger.close();
      return open();
    },
    // Its only process holds all leases, and lost them by ending.
    expire: async (ledger) => ledger,
  });

  test("drops a line that a crash cut short, at every byte, and goes on behind it", async () => {
    const ledger = await open();
    await ledger.setControl({ ...(await ledger.control()), lanes: 3 });
    await ledger.close();
    const whole = await readFile(file());
    for (let cut = 0; cut < whole.length; cut += 1) {
      await writeFile(file(), Buffer.concat([whole, whole.subarray(0, cut)]));
      const reopened = await open();
      expect((await reopened.control()).lanes).toBe(3);
      await reopened.setControl({ ...(await reopened.control()), lanes: 4 });
      await reopened.close();
      const again = await open();
      expect((await again.control()).lanes).toBe(4);
      await again.close();
    }
  });

  test("refuses a file that was changed by something else, and says which line", async () => {
    const ledger = await open();
    await ledger.setControl(await ledger.control());
    await ledger.close();
    await appendFile(file(), '{"kind":"claimed"}\n');
    await expect(open()).rejects.toThrow(/Line 2 of .*cannot be read/);
    // The refusal leaves no lock behind.
    await expect(open()).rejects.toThrow(/Line 2/);
  });

  test("belongs to one living process; a dead one's lock is taken over", async () => {
    const ledger = await open();
    await expect(open()).rejects.toThrow(new RegExp(`process ${process.pid} is working`));
    await ledger.close();
    await writeFile(path.join(folder, "state", "ledger.lock"), "2147483000");
    await (await open()).close();
  });
});
