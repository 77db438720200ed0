import { expect, test } from "vitest";

import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { Difference } from "#lib/mover/difference.ts";
import type { Checkpoint, Ledger, RunPlan, Shard } from "#lib/mover/ledger.ts";

const key = (text: string) => ({ row: Buffer.from(text), column: Buffer.from([0xff, 0x00]) });

const shard = (id: number, bytes: number | null): Shard => ({
  id,
  table: "app.Users",
  range: { from: id === 0 ? null : key(String(id)), to: null },
  estimate: { versions: 2 ** 40, bytes },
});

const planOf = (runId: string): RunPlan => ({
  runId,
  kind: "copy",
  start: 2n ** 53n + 1n,
  shards: [shard(0, 10), shard(1, 30), shard(2, 20)],
});

const at = (sequence: number, next: Checkpoint["next"] = key("x")): Checkpoint => ({
  sequence,
  next,
  counts: { ...NO_COUNTS, cells: sequence * 10 },
});

const DIFFERENCE: Difference = {
  table: "app.Users",
  row: "00ff",
  column: "63",
  kind: "version",
  timestamp: "9007199254740993",
  source: null,
  destination: { bytes: 1, sha256: "ab", head: "00" },
};

/**
 * What every ledger does. `open` opens an empty one, or the same one again (after `restart`, which closes it as the end of its process
 * would). `expire` lets the leases of its holders run out.
 */
export function ledgerContract(set: {
  readonly open: () => Promise<Ledger>;
  /** The run of the ledger opened last. */
  readonly runId: () => string;
  readonly restart: (ledger: Ledger) => Promise<Ledger>;
  readonly expire: (ledger: Ledger) => Promise<Ledger>;
}): void {
  const fresh = async () => {
    const ledger = await set.open();
    await ledger.create(planOf(set.runId()));
    return ledger;
  };
  const claim = async (ledger: Ledger) => {
    const lease = await ledger.claim("worker-1");
    if (lease === null) throw new Error("nothing to claim");
    return lease;
  };

  test("keeps a plan exactly, takes the same again and refuses another", async () => {
    let ledger = await set.open();
    expect(await ledger.plan()).toBeNull();
    expect(await ledger.claim("w")).toBeNull();
    const plan = planOf(set.runId());
    await ledger.create(plan);
    await ledger.create(plan);
    await expect(ledger.create({ ...plan, start: 5n })).rejects.toMatchObject({ code: "conflict" });
    ledger = await set.restart(ledger);
    expect(await ledger.plan()).toEqual(plan);
    await ledger.close();
  });

  test("hands out the largest shard first, each once", async () => {
    const ledger = await fresh();
    const leases = [await claim(ledger), await claim(ledger), await claim(ledger)];
    expect(leases.map((lease) => lease.shard.id)).toEqual([1, 2, 0]);
    expect(leases.map(({ attempt, checkpoint, start }) => [attempt, checkpoint, start])).toEqual(
      Array.from({ length: 3 }, () => [1, null, planOf("").start]),
    );
    expect(await ledger.claim("worker-2")).toBeNull();
    await ledger.close();
  });

  test("a checkpoint survives a restart, with the differences found, and older ones change nothing", async () => {
    let ledger = await fresh();
    const lease = await claim(ledger);
    await ledger.checkpoint(lease, at(1), [DIFFERENCE]);
    await ledger.checkpoint(lease, at(3));
    await ledger.checkpoint(lease, at(2), [DIFFERENCE]);
    ledger = await set.expire(await set.restart(ledger));
    const again = await claim(ledger);
    expect(again).toMatchObject({ shard: { id: 1 }, attempt: 2, checkpoint: at(3) });
    expect(await ledger.differences(10)).toEqual([DIFFERENCE]);
    await ledger.close();
  });

  test("whoever held a shard before can record nothing any more", async () => {
    let ledger = await fresh();
    const old = await claim(ledger);
    await ledger.checkpoint(old, at(1));
    ledger = await set.expire(await set.restart(ledger));
    const lease = await claim(ledger);
    expect(lease.shard.id).toBe(old.shard.id);
    const lost = { code: "lease-lost" };
    await expect(ledger.checkpoint(old, at(2))).rejects.toMatchObject(lost);
    await expect(ledger.renew(old)).rejects.toMatchObject(lost);
    await expect(ledger.release(old)).rejects.toMatchObject(lost);
    await ledger.renew(lease);
    await ledger.checkpoint(lease, at(2, null));
    await ledger.release(lease);
    await expect(ledger.checkpoint(lease, at(3))).rejects.toMatchObject(lost);
    await ledger.close();
  });

  test("tells finished, unfinished and failed shards apart, and lets failed ones wait again", async () => {
    const ledger = await fresh();
    const [done, failed, unfinished] = [await claim(ledger), await claim(ledger), await claim(ledger)];
    await ledger.checkpoint(done, at(1, null));
    await ledger.release(done);
    const failure = { class: "poison", code: "odd", message: "An odd “failure”." } as const;
    await ledger.release(failed, failure);
    await ledger.checkpoint(unfinished, at(1));
    await ledger.release(unfinished);
    expect((await ledger.shards()).map(({ state, failure }) => [state, failure])).toEqual([
      ["waiting", null],
      ["done", null],
      ["failed", failure],
    ]);
    expect((await claim(ledger)).shard.id).toBe(0);
    expect(await ledger.claim("w")).toBeNull();
    await ledger.retryFailed();
    expect((await claim(ledger)).shard.id).toBe(2);
    await ledger.close();
  });

  test("keeps what is asked of the run; nothing is handed out while it is paused, and a cancel is final", async () => {
    let ledger = await fresh();
    const wish = { ...(await ledger.control()), cellsPerSecondMax: 2 ** 40, lanes: 7 };
    await ledger.setControl({ ...wish, wanted: "pause" });
    ledger = await set.restart(ledger);
    expect(await ledger.control()).toEqual({ ...wish, wanted: "pause" });
    expect(await ledger.claim("w")).toBeNull();
    await ledger.setControl({ ...wish, wanted: "cancel" });
    await ledger.setControl({ ...wish, wanted: "run" });
    expect((await ledger.control()).wanted).toBe("cancel");
    expect(await ledger.claim("w")).toBeNull();
    await ledger.close();
  });
}
