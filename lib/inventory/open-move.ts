import { probeCounter } from "#lib/engine/probe-ledger.ts";
import type { Role } from "#lib/engine/reading.ts";
import { storeAt, type SequenceTarget, type StoreTarget, type Targets } from "#lib/engine/step.ts";
import { storeMove } from "#lib/engine/store-move.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import { openSide, type StoreSide } from "#lib/inventory/open-side.ts";
import { openTimelock } from "#lib/inventory/open-timelock.ts";
import { assessMove } from "#lib/mover/assess.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import { newestLeftBehind } from "#lib/mover/source-mark.ts";
import { takeStart } from "#lib/mover/start.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/**
 * The move between the two stores of a migration, as the inventory describes them. Nothing is opened before it is used, and cells are read and
 * written only in the very stores that were pinned when the migration opened.
 */
export function openInventoryMove(targets: Targets): StoreMove {
  const side = once(async (role) => openSide(storeAt(targets, role).storeId));
  const pinned = once(async (role) => {
    const one = await side(role);
    await requirePinned(storeAt(targets, role), one);
    return one;
  });
  return storeMove({
    source: { openSource: async () => (await pinned("source")).openSource() },
    destination: {
      name: storeAt(targets, "destination").label,
      openSource: async () => (await pinned("destination")).openSource(),
      openSink: async () => (await pinned("destination")).openSink(),
    },
    destinationStoreId: storeAt(targets, "destination").storeId,
    plan: targets.move,
    newestThere: async () => newestHeld((await pinned("destination")).bound),
    assess: async () => withSides(targets, side, async (from, to) => assessMove(from, to)),
    takeStart: async (x) =>
      withSides(targets, pinned, async (from, to, countProbe) => takeStart(from, to, { x, countProbe })),
  });
}

/** The newest timestamp that the store's bound, punches and transactions show. */
async function newestHeld(bound: BoundStore): Promise<bigint> {
  const [{ state }, leftBehind] = await Promise.all([bound.readBound(), newestLeftBehind(bound)]);
  return maxLong(largestHeld(state) ?? 0n, leftBehind);
}

/** Opens one thing for each role, the first time that it is asked for. */
function once(open: (role: Role) => Promise<StoreSide>): (role: Role) => Promise<StoreSide> {
  const opened = new Map<Role, Promise<StoreSide>>();
  return async (role) => {
    const known = opened.get(role) ?? open(role);
    opened.set(role, known);
    return known;
  };
}

/** @throws AppError `conflict` when another store than the pinned one answers; AdapterError effect `none` */
async function requirePinned({ identity, label }: StoreTarget, { bound }: StoreSide): Promise<void> {
  const difference = identityDifference(identity, (await bound.readBound()).identity);
  if (difference === null) return;
  throw new AppError(
    "conflict",
    `Something else than the store ${label} answers at its address: ${difference}. Nothing was changed.`,
  );
}

/** Works with both sides whose TimeLocks, where they have one, are open meanwhile. Timestamps of the destination are counted as our own. */
async function withSides<T>(
  { sequences }: Targets,
  side: (role: Role) => Promise<StoreSide>,
  work: (from: MoveSide, to: MoveSide, countProbe: ReturnType<typeof probeCounter> | undefined) => Promise<T>,
): Promise<T> {
  const at = (role: Role) => sequences.find((one) => one.role === role);
  return withTimestamps(at("source"), async (left) =>
    withTimestamps(at("destination"), async (taken, timelock) => {
      const to = at("destination");
      const counter =
        to === undefined || timelock === null ? undefined : probeCounter(timelock, to, "S and C of a move");
      const [from, there] = await Promise.all([side("source"), side("destination")]);
      return work({ ...from, timestamps: left }, { ...there, timestamps: taken }, counter);
    }),
  );
}

async function withTimestamps<T>(
  sequence: SequenceTarget | undefined,
  work: (timestamps: SideTimestamps, timelock: Timelock | null) => Promise<T>,
): Promise<T> {
  if (sequence === undefined) return work({ kind: "embedded" }, null);
  const timelock = await openTimelock(sequence.clusterId);
  try {
    return await work({ kind: "timelock", timelock, namespace: sequence.namespace }, timelock);
  } finally {
    await timelock.close();
  }
}
