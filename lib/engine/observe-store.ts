import type { Seen } from "#lib/engine/seen.ts";
import type { StoreReading } from "#lib/engine/reading.ts";
import type { StoreTarget } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { BoundReading, StoreIdentity } from "#lib/stores/schema.ts";

/**
 * Reads one thing of a store. A bound is believed only from the very store that was pinned when the migration opened.
 * @throws AdapterError what the store threw; AppError `conflict` when another store answers at its address
 */
export async function readStore(store: BoundStore, target: StoreTarget, kind: StoreReading): Promise<Seen> {
  const node = null;
  switch (kind) {
    case "store.bound": {
      const bound = await store.readBound();
      requirePinned(target, bound.identity);
      return { value: { kind, bound }, source: bound.source, node: nodeOf(bound), raw: rawOf(bound) };
    }
    case "store.read-back": {
      const views = [...(await store.readBack())];
      for (const view of views) requirePinned(target, view.identity);
      const [first] = views;
      if (!first) throw new AppError("unavailable", "The store gave no second reading of its bound.");
      return { value: { kind, views }, source: first.source, node: nodeOf(first), raw: rawOf(first) };
    }
    case "store.fetched":
      throw new AppError("unavailable", "Nothing was pasted: Lockstep does not run AtlasDB's command line.");
    case "store.punch": {
      const punch = await store.readPunch();
      const raw = punch.newest.found === "punch" ? punch.newest.rawValue : null;
      return { value: { kind, punch }, source: punch.source, node, raw };
    }
    case "store.transactions": {
      const mark = await store.readTransactionsMark();
      return { value: { kind, mark }, source: mark.source, node, raw: null };
    }
    case "store.sessions": {
      const sessions = await store.readSessions();
      const source = sessions.knowledge === "unknown" ? target.label : sessions.source;
      return { value: { kind, sessions }, source, node, raw: null };
    }
    case "store.rights": {
      const rights = await store.readRights();
      return { value: { kind, rights }, source: rights.source, node, raw: null };
    }
  }
}

function nodeOf(bound: BoundReading): string | null {
  const { address, port } = bound.server;
  return address === null ? null : port === null ? address : `${address}:${port}`;
}

function rawOf(bound: BoundReading): string {
  return bound.raw
    .map((cell) => `${cell.name} = ${cell.text ?? "NULL"}${cell.hex === null ? "" : ` (${cell.hex})`}`)
    .join("; ");
}

/** @throws AppError `conflict` unless this is the very store that was pinned */
function requirePinned(target: StoreTarget, seen: StoreIdentity): void {
  const difference = identityDifference(target.identity, seen);
  if (difference === null) return;
  throw new AppError(
    "conflict",
    `Something else than the store of this migration answers at the address of ${target.label}: ${difference}.`,
  );
}
