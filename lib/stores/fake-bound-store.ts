import { AdapterError } from "#lib/errors.ts";
import { encodeBigEndianLong, toHex } from "#lib/atlasdb/encoding.ts";
import {
  afterInvalidate,
  afterRepair,
  afterRestore,
  describeBoundState,
  embeddedStart,
  heldValues,
  INITIAL_BOUND,
  largestHeld,
  sameBoundState,
  sameIdentity,
  type Transition,
} from "#lib/stores/bound-state.ts";
import type { BoundStore, WriteGuard } from "#lib/stores/bound-store.ts";
import type {
  BoundReading,
  BoundState,
  PunchReading,
  RightsReading,
  SessionsReading,
  StoreIdentity,
  StoreKind,
  TransactionsMark,
  WriteOutcome,
} from "#lib/stores/schema.ts";

/**
 * What goes wrong with the next call of a fake store. `unreachable`: nothing is sent. `lock-timeout`: refused in time. `lost-before-commit`:
 * the connection breaks at the commit, which never arrives. `lost-answer`: the commit is done, its answer is lost. `during-write`: somebody
 * else changes the store after it was read and before the write checks its guard.
 */
export type StoreFault =
  | { readonly kind: "unreachable" }
  | { readonly kind: "lock-timeout" }
  | { readonly kind: "lost-before-commit" }
  | { readonly kind: "lost-answer" }
  | { readonly kind: "during-write"; readonly change: BoundState };

type Site = { state: BoundState; tableId: number };

/**
 * A bound store in memory that passes the same contract as the real ones, with faults to order. Its clock is an ISO time that the owner
 * sets. Also plays the store's side of an embedded AtlasDB client: `embeddedBound` and `raiseEmbedded`.
 */
export class FakeBoundStore implements BoundStore {
  readonly kind: StoreKind;
  readonly faults: StoreFault[] = [];
  readonly writes: WriteOutcome[] = [];
  now = "2026-01-01T00:00:00.000000Z";
  punch: PunchReading["newest"] = { found: "absent", why: "no-rows" };
  mark: Pick<TransactionsMark, "newestStart" | "newestCommit" | "rowsWritten"> = {
    newestStart: null,
    newestCommit: null,
    rowsWritten: 0n,
  };
  sessions: SessionsReading | null = null;
  findings: RightsReading["findings"] = [];
  readonly #name: string;
  readonly #site: Site;

  constructor(state: BoundState, options: { readonly kind?: StoreKind; readonly name?: string } = {}) {
    this.kind = options.kind ?? "postgres";
    this.#name = options.name ?? "fake";
    this.#site = { state, tableId: 1 };
  }

  /** What the store holds now. */
  get state(): BoundState {
    return this.#site.state;
  }

  /** Somebody else changes the store. `recreated`: under the same name there is another table now. */
  place(state: BoundState, options: { readonly recreated?: boolean } = {}): void {
    if (options.recreated === true || this.#site.state.state === "no-table") this.#site.tableId += 1;
    this.#site.state = state;
  }

  /** The bound that an embedded client reads at its start, created where AtlasDB creates one. @throws AdapterError where it would fail */
  embeddedBound(): bigint {
    const start = embeddedStart(this.state);
    if (start === "creates-initial") {
      this.place({ state: "readable", bound: INITIAL_BOUND });
      return INITIAL_BOUND;
    }
    const value = start === "reads" ? heldValues(this.state)[0] : undefined;
    if (value === undefined) {
      throw new AdapterError(
        "embedded-start",
        "none",
        `An embedded client cannot start: the bound is ${describeBoundState(this.state)}.`,
      );
    }
    return value;
  }

  /** An embedded client raises the bound that it read before, as AtlasDB does. @throws AdapterError if the stored bound is another */
  raiseEmbedded(from: bigint, to: bigint): void {
    if (this.state.state !== "readable" || this.state.bound !== from) {
      throw new AdapterError(
        "several-services",
        "none",
        `The stored bound is not ${from}: it is ${describeBoundState(this.state)}.`,
      );
    }
    this.place({ state: "readable", bound: to });
  }

  async readBound(): Promise<BoundReading> {
    this.#reachable();
    return {
      state: this.state,
      tr: this.state.state === "neither" ? this.state.tr : null,
      identity: this.#identity(),
      server: { address: "127.0.0.1", port: null, version: "fake", inRecovery: false },
      view: "primary",
      raw: heldValues(this.state).map((value, row) => ({
        row,
        name: "value",
        text: value.toString(),
        hex: `0x${toHex(encodeBigEndianLong(value))}`,
      })),
      source: `fake store ${this.#name}`,
      provenance: "observed",
      readAt: this.now,
    };
  }

  async readBack(): Promise<readonly BoundReading[]> {
    return [await this.readBound()];
  }

  async readPunch(): Promise<PunchReading> {
    this.#reachable();
    return {
      newest: this.punch,
      source: `fake store ${this.#name}`,
      provenance: "observed",
      readAt: this.now,
    };
  }

  async readTransactionsMark(): Promise<TransactionsMark> {
    this.#reachable();
    return {
      table: "present",
      ...this.mark,
      countedSince: null,
      source: `fake store ${this.#name}`,
      readAt: this.now,
    };
  }

  async readSessions(): Promise<SessionsReading> {
    this.#reachable();
    const none: SessionsReading = {
      knowledge: "seen",
      sessions: [],
      ownSessions: 1,
      reason: null,
      source: `fake store ${this.#name}`,
      readAt: this.now,
    };
    return this.sessions ?? none;
  }

  async readRights(): Promise<RightsReading> {
    this.#reachable();
    return { findings: this.findings, facts: [], source: `fake store ${this.#name}`, readAt: this.now };
  }

  async testConnection() {
    const [fault] = this.faults;
    const ok = fault?.kind !== "unreachable";
    if (!ok) this.faults.shift();
    return {
      ok,
      stages: [
        {
          stage: "connection" as const,
          verdict: ok ? ("pass" as const) : ("failed" as const),
          code: ok ? "connection-reached" : "unreachable",
          message: ok ? "The fake store answers." : "The fake store does not answer.",
        },
      ],
      identity: ok ? this.#identity() : null,
      facts: [],
    };
  }

  async invalidate(guard: WriteGuard): Promise<WriteOutcome> {
    return this.#write(guard, (found) => afterInvalidate(found, this.kind));
  }

  async restore(guard: WriteGuard, to: bigint): Promise<WriteOutcome> {
    return this.#write(guard, (found) => afterRestore(found, to));
  }

  async repair(guard: WriteGuard, leave: "readable" | "invalidated"): Promise<WriteOutcome> {
    return this.#write(guard, (found) => afterRepair(found, leave));
  }

  #write(guard: WriteGuard, decide: (found: BoundState) => Transition): WriteOutcome {
    const fault = this.faults.shift();
    failBeforeWrite(fault);
    if (fault?.kind === "during-write") this.place(fault.change);
    const before = this.state;
    const refusal = this.#refusal(guard, before) ?? decide(before);
    if ("outcome" in refusal) return this.#record(refusal);
    if (!refusal.ok) {
      const { reason, message } = refusal;
      return this.#record({ outcome: "refused", reason, found: before, message });
    }
    if (fault?.kind !== "lost-before-commit") this.#commit(before, refusal.after);
    if (fault?.kind === "lost-before-commit" || fault?.kind === "lost-answer") {
      throw new AdapterError("commit-unanswered", "unknown", "The connection was lost during the commit.");
    }
    return this.#record({ outcome: "applied", before, after: refusal.after });
  }

  #refusal(guard: WriteGuard, found: BoundState): Extract<WriteOutcome, { outcome: "refused" }> | null {
    if (!sameIdentity(guard.identity, this.#identity())) {
      return { outcome: "refused", reason: "identity-changed", found, message: "This is another table." };
    }
    if (sameBoundState(guard.expected, found)) return null;
    const message = `The bound is ${describeBoundState(found)}, expected was ${describeBoundState(guard.expected)}.`;
    return { outcome: "refused", reason: "state-changed", found, message };
  }

  #commit(before: BoundState, after: BoundState): void {
    const was = largestHeld(before);
    const is = largestHeld(after);
    if (was !== null && (is === null || is < was)) {
      throw new AdapterError(
        "decreased",
        "none",
        `The fake store was told to lower ${was} to ${is ?? "nothing"}.`,
      );
    }
    this.place(after);
  }

  #record(outcome: WriteOutcome): WriteOutcome {
    this.writes.push(outcome);
    return outcome;
  }

  #identity(): StoreIdentity {
    const tableId = this.state.state === "no-table" ? null : this.#site.tableId.toString();
    return {
      kind: this.kind,
      system: this.#name,
      database: "fake",
      schema: "public",
      table: "_timestamp",
      tableId,
    };
  }

  #reachable(): void {
    if (this.faults[0]?.kind !== "unreachable") return;
    this.faults.shift();
    throw new AdapterError("connection-refused", "none", "The fake store does not answer.");
  }
}

function failBeforeWrite(fault: StoreFault | undefined): void {
  if (fault?.kind === "unreachable") {
    throw new AdapterError("connection-refused", "none", "The fake store does not answer.");
  }
  if (fault?.kind === "lock-timeout") {
    throw new AdapterError("lock-timeout", "none", "Another session holds a lock on the timestamp table.");
  }
}
