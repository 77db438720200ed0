import type { Ledger, RunPlan, ShardLease } from "#lib/mover/ledger.ts";
import { LedgerState, lostLease, otherPlan } from "#lib/mover/ledger-state.ts";

/** A ledger in memory, made of the same pure state as the file ledger; `crash` is what a restart of its process does. */
export class MemoryLedger implements Ledger {
  readonly state = new LedgerState();
  /** Called before each change; throws to make it fail. */
  fault: (what: keyof Ledger) => void = () => undefined;

  /** Every held shard waits again. */
  crash(): void {
    for (const { shard, state } of this.state.shards) {
      if (state === "held") this.state.apply({ kind: "released", shard: shard.id, failure: null });
    }
  }

  async create(plan: RunPlan): Promise<void> {
    if (this.state.plan !== null) throw otherPlan(plan.runId);
    this.state.apply({ kind: "created", plan });
  }

  async plan() {
    return this.state.plan;
  }

  async claim(worker: string): Promise<ShardLease | null> {
    this.fault("claim");
    const claim = this.state.claimNext(worker);
    if (claim === null) return null;
    this.state.apply(claim.event);
    return claim.lease;
  }

  async renew(lease: ShardLease): Promise<void> {
    this.fault("renew");
    this.state.requireHeld(lease);
  }

  async checkpoint(
    ...[lease, checkpoint, differences = []]: Parameters<Ledger["checkpoint"]>
  ): Promise<void> {
    this.fault("checkpoint");
    const held = this.state.requireHeld(lease);
    if (checkpoint.sequence <= (held.checkpoint?.sequence ?? 0)) return;
    this.state.apply({ kind: "checkpoint", shard: lease.shard.id, checkpoint, differences });
  }

  async release(...[lease, failure]: Parameters<Ledger["release"]>): Promise<void> {
    this.fault("release");
    if (this.state.shards[lease.shard.id]?.attempt !== lease.attempt) throw lostLease(lease.shard);
    this.state.apply({ kind: "released", shard: lease.shard.id, failure: failure ?? null });
  }

  async retryFailed(): Promise<void> {
    this.state.apply({ kind: "retried" });
  }

  async control() {
    this.fault("control");
    return this.state.control;
  }

  async share() {
    return this.control();
  }

  async setControl(control: Parameters<Ledger["setControl"]>[0]): Promise<void> {
    if (this.state.control.wanted !== "cancel") this.state.apply({ kind: "control", control });
  }

  async shards() {
    return this.state.shards;
  }

  async differences(max: number) {
    return this.state.differences.slice(0, max);
  }

  async close(): Promise<void> {}
}
