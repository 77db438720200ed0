import { blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import type { Readings } from "#lib/engine/reading.ts";
import { readAt, storeAt, type World } from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { heldAt, isOnTimelock } from "#lib/runbooks/findings/moving.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/*
 * What earlier copies left in the destination, told apart from what a client wrote there since. A setup keeps the transactions, drops the
 * punches and leaves the bound; S and C of each copy lie above all that the store held before. So whatever lies above the first C is a
 * client's, unless it is the entry of a later copy. Source: atlasdb-facts F.5, G.5
 */

const TO = "destination";

/** The entry of a copy's own transaction: nobody else takes its C. */
function isOwn(transaction: bigint, commits: readonly bigint[]): boolean {
  return commits.includes(transaction);
}

/**
 * The timestamp that only a client can have left in the destination since the first of these copies; null where nothing shows one.
 * `embedded`: the destination's bound is its sequence, which only copies and clients raise.
 */
export function clientSince(
  readings: Readings,
  commits: readonly bigint[],
  { embedded }: { readonly embedded: boolean },
): bigint | null {
  const [first, ...later] = commits;
  if (first === undefined) return null;
  const lowest = later.reduce((least, one) => (one < least ? one : least), first);
  const { punch, transaction } = witnesses(readings, TO);
  if (punch !== null && punch > lowest) return punch;
  if (transaction !== null && transaction > lowest && !isOwn(transaction, commits)) return transaction;
  const held = embedded ? heldAt(readings, TO) : null;
  return held !== null && held > maxLong(first, ...later) ? held : null;
}

/**
 * No client has started on the destination since any copy into it, of this migration or of one that was given up. Read again right before
 * tables are dropped, and before S and C are taken, whose entry would hide an older one. Nothing is said where nothing was ever copied.
 */
export function nobodyStartedThere(world: World, of: "tables" | "values"): readonly Finding[] {
  const { facts, readings, targets } = world;
  if (facts.copiesThere.length === 0) return [];
  const { label } = storeAt(targets, TO);
  const keys = [`store.bound@${TO}`, `store.punch@${TO}`, `store.transactions@${TO}`];
  const rests = { readings: keys };
  if (keys.some((key) => !readings.get(key)?.value)) {
    return [
      unknown(
        "nobody-started",
        `Whether a client has started on ${label} since an earlier copy is not known.`,
        {
          ...rests,
          remedy: "Mend the connection to the destination and read again.",
        },
      ),
    ];
  }
  // Values that a run took and did not record raise the bound, too; others are taken then.
  const embedded = of === "tables" && !isOnTimelock(targets, TO);
  const found = clientSince(readings, facts.copiesThere, { embedded });
  if (found === null)
    return [pass("nobody-started", `Nothing in ${label} is newer than the copies into it.`, rests)];
  return [
    blocking("nobody-started", `A client has started on ${label} since an earlier copy into it.`, {
      ...rests,
      detail: `The store shows ${found}, which no copy left there. What that client wrote would be lost.`,
      remedy:
        "Stop it and contact the AtlasDB team, restore the destination from its backup, or choose another store.",
    }),
  ];
}

const LEFT_BEHIND = [`store.punch@${TO}`, `store.transactions@${TO}`];

/**
 * No client has started on the destination since it was set up, also where it is the first copy into it. What the store showed right after the
 * setup is the mark. Its bound tells nothing: values that a run took for S and C and did not record raise it, too.
 */
export function nobodySinceSetUp(world: World): Finding {
  const { facts, readings, targets } = world;
  const { label } = storeAt(targets, TO);
  const id = "unused-since-set-up";
  const rests = { readings: LEFT_BEHIND };
  const unread = LEFT_BEHIND.find((key) => !readings.get(key)?.value);
  const unmarked = LEFT_BEHIND.find((key) => !readAt(world, "set-up", key)?.value);
  if (unread !== undefined || unmarked !== undefined) {
    return unknown(id, `Whether a client has started on ${label} since its setup is not known.`, {
      ...rests,
      detail: unread === undefined ? "What it showed after the setup is not on record." : null,
      remedy:
        unread === undefined
          ? "Start over: plan this migration again."
          : "Mend the connection to the destination and read again.",
    });
  }
  const mark = witnesses(facts.finished.get("set-up")?.readings ?? new Map(), TO).largest ?? 0n;
  const { largest } = witnesses(readings, TO);
  if (largest === null || largest <= mark)
    return pass(id, `Nobody has written into ${label} since its setup.`, rests);
  return blocking(id, `A client has started on ${label} since its setup.`, {
    ...rests,
    detail: `The store shows ${largest}, and ${mark} was its newest after the setup. What that client wrote would stand among what is copied.`,
    remedy:
      "Stop it and contact the AtlasDB team, restore the destination from its backup, or choose another store. Then start over: plan this migration again.",
  });
}
