import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** A `Timelock` under test over an idle three-node cluster, with what can be done to that cluster. */
export type ContractSubject = {
  readonly timelock: Timelock;
  loseNextFastForwardAnswer(): void;
  changeLeader(namespace: string): void | Promise<void>;
  loseQuorum(): void;
  regainQuorum(): void;
  poison(namespace: string): void | Promise<void>;
  close(): Promise<void>;
};

/** What a call throws; fails the test when it throws nothing, or something else than an `AdapterError`. */
export async function thrownBy(call: Promise<unknown>): Promise<AdapterError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AdapterError) return error;
  return expect.fail(`expected an AdapterError, not ${String(error)}`);
}

const NAMESPACE = "orders-7_b";

/** The suite that the fake and the HTTP client both pass. `setUp` gives a cluster of its own to each test. */
export function timelockContract(name: string, setUp: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of Timelock`, () => {
    let subject: ContractSubject;
    let timelock: Timelock;
    beforeEach(async () => {
      subject = await setUp();
      timelock = subject.timelock;
    });
    afterEach(async () => {
      await timelock.close();
      await subject.close();
    });

    issuing(() => timelock);
    surveying(() => timelock);
    failing(
      () => subject,
      () => timelock,
    );
  });
}

function issuing(timelock: () => Timelock): void {
  test("timestamps are contiguous within a call and grow from call to call", async () => {
    const one = await timelock().freshTimestamps(NAMESPACE, 1);
    const many = await timelock().freshTimestamps(NAMESPACE, 10_000);
    expect(one).toMatchObject({ first: 1n, last: 1n, consumedMax: 1n });
    expect(many.first).toBe(one.last + 1n);
    expect(many.last - many.first).toBe(9_999n);
    expect(timelock().nodes).toContain(many.node);
    expect(many.raw).toContain(many.last.toString());
    expect(many.takenAt).toBeInstanceOf(Date);
  });

  test("a fast-forward raises the sequence, and a smaller one leaves it alone", async () => {
    await timelock().fastForward(NAMESPACE, 5_000_000_000n);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(5_000_000_001n);
    expect(await timelock().fastForward(NAMESPACE, 7n)).toMatchObject({ to: 7n });
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(5_000_000_002n);
  });

  test("values above 2^53 come back whole", async () => {
    await timelock().fastForward(NAMESPACE, 2n ** 62n + 1n);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(2n ** 62n + 2n);
  });

  test("the largest value that may be forwarded to leaves a namespace that still issues", async () => {
    await timelock().fastForward(NAMESPACE, FAST_FORWARD_MAX);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(FAST_FORWARD_MAX + 1n);
  });

  test("ping and leader time name the leader and use up nothing", async () => {
    const ping = await timelock().ping(NAMESPACE);
    const time = await timelock().leaderTime(NAMESPACE);
    const later = await timelock().leaderTime(NAMESPACE);
    expect(timelock().nodes).toContain(ping.node);
    expect(time).toMatchObject({ node: ping.node, leaderId: later.leaderId });
    expect(later.time > time.time).toBe(true);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(1n);
  });
}

function surveying(timelock: () => Timelock): void {
  test("surveys and health never create a namespace", async () => {
    expect(await timelock().learnedBound(NAMESPACE)).toMatchObject({ state: "absent" });
    expect(await timelock().health(NAMESPACE)).toMatchObject({
      namespace: "absent",
      quorum: { state: "likely" },
    });
    expect(await timelock().health(null)).toMatchObject({ namespace: "not-asked" });
    expect(await timelock().namespaces()).toMatchObject({ namespaces: [], majority: true });
  });

  test("a ping creates the namespace without a bound; the first timestamp stores one", async () => {
    await timelock().ping(NAMESPACE);
    expect(await timelock().namespaces()).toMatchObject({ namespaces: [NAMESPACE], majority: true });
    expect((await timelock().activeNamespaces()).namespaces).toEqual([NAMESPACE]);
    expect(await timelock().learnedBound(NAMESPACE)).toMatchObject({ state: "none" });
    const { last } = await timelock().freshTimestamps(NAMESPACE, 3);
    const learned = await timelock().learnedBound(NAMESPACE);
    expect(learned).toMatchObject({ state: "known", bound: last + ALLOCATION_BUFFER });
    expect(learned.perNode).toHaveLength(3);
  });

  test("health of an existing namespace is proven by its leader", async () => {
    const { node } = await timelock().ping(NAMESPACE);
    const health = await timelock().health(NAMESPACE);
    expect(health).toMatchObject({
      namespace: "exists",
      quorum: { state: "proven" },
      leader: { state: "known", node },
    });
    expect(health.nodes.map((entry) => entry.failure)).toEqual([null, null, null]);
  });

  test("every node has an identity", async () => {
    const ids = await timelock().serverIds();
    expect(ids.map((entry) => entry.outcome.ok)).toEqual([true, true, true]);
  });
}

function failing(subject: () => ContractSubject, timelock: () => Timelock): void {
  test.for(["", "tl", "lw", "leader", "leaderPaxos", "bad.name", "a b", "é", "a/b", "x".repeat(256)])(
    "the name %j is never sent",
    async (name) => {
      const calls = [
        timelock().ping(name),
        timelock().fastForward(name, 5n),
        timelock().learnedBound(name),
        timelock().health(name),
      ];
      for (const call of calls)
        expect(await thrownBy(call)).toMatchObject({ code: "invalid-namespace", effect: "none" });
      expect((await timelock().namespaces()).namespaces).toEqual([]);
    },
  );

  test.for([0n, -1n, FAST_FORWARD_MAX + 1n, 2n ** 63n - 1n, 2n ** 63n])(
    "a fast-forward to %s is never sent",
    async (to) => {
      const error = await thrownBy(timelock().fastForward(NAMESPACE, to));
      expect(error).toMatchObject({ code: "value-out-of-range", effect: "none" });
      expect((await timelock().namespaces()).namespaces).toEqual([]);
    },
  );

  test.for([0, -1, 1.5, 10_001])("%d timestamps are never asked for", async (count) => {
    const error = await thrownBy(timelock().freshTimestamps(NAMESPACE, count));
    expect(error).toMatchObject({ code: "value-out-of-range", effect: "none" });
  });

  test("a fast-forward whose answer is lost is of unknown effect, and was carried out once", async () => {
    await timelock().ping(NAMESPACE);
    subject().loseNextFastForwardAnswer();
    expect(await thrownBy(timelock().fastForward(NAMESPACE, 900n))).toMatchObject({ effect: "unknown" });
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(901n);
  });

  test("after a leader change the sequence goes on above the stored bound", async () => {
    await timelock().fastForward(NAMESPACE, 900n);
    const before = await timelock().leaderTime(NAMESPACE);
    await subject().changeLeader(NAMESPACE);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(900n + ALLOCATION_BUFFER + 1n);
    expect((await timelock().leaderTime(NAMESPACE)).leaderId).not.toBe(before.leaderId);
  });

  test("without quorum nothing is issued and health says so; with it the same client goes on", async () => {
    await timelock().fastForward(NAMESPACE, 900n);
    subject().loseQuorum();
    expect(await thrownBy(timelock().fastForward(NAMESPACE, 901n))).toMatchObject({
      code: "no-leader",
      effect: "unknown",
    });
    expect(await thrownBy(timelock().freshTimestamps(NAMESPACE, 1))).toMatchObject({ code: "no-leader" });
    expect(await timelock().health(NAMESPACE)).toMatchObject({
      namespace: "exists",
      quorum: { state: "lost" },
    });
    expect(await timelock().learnedBound(NAMESPACE)).toMatchObject({
      state: "known",
      bound: 900n + ALLOCATION_BUFFER,
    });
    subject().regainQuorum();
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first > 900n).toBe(true);
  });

  test("a poisoned namespace is told from a failing server, with its cure", async () => {
    await timelock().fastForward(NAMESPACE, 900n);
    await subject().poison(NAMESPACE);
    const error = await thrownBy(timelock().freshTimestamps(NAMESPACE, 1));
    expect(error.code).toBe("namespace-poisoned");
    expect(error.message).toMatch(/leader change or a restart/);
    await subject().changeLeader(NAMESPACE);
    expect((await timelock().freshTimestamps(NAMESPACE, 1)).first).toBe(900n + ALLOCATION_BUFFER + 1n);
  });

  test("a closed client sends nothing", async () => {
    await timelock().close();
    expect(await thrownBy(timelock().ping(NAMESPACE))).toMatchObject({ code: "closed", effect: "none" });
  });
}
