import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import type { StorePlace } from "#lib/mover/store-survey.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";
import { longFromString } from "#lib/timestamps/long.ts";

const RECORD_FILE = "copy.json";

const place = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("postgres"),
    system: z.string().nullable(),
    database: z.string(),
    schema: z.string(),
    prefix: z.string(),
    inRecovery: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("cassandra"),
    cluster: z.string(),
    hostIds: z.array(z.string()).readonly(),
    keyspace: z.string(),
  }),
]) satisfies z.ZodType<StorePlace>;

const side = z.strictObject({ name: z.string(), place, sequence: z.string() });

const plannedTable = z.strictObject({
  name: z.string(),
  fate: z.enum(["copied", "created-empty", "kept", "dropped", "left-out"]),
  reason: z.string(),
  replaces: z.boolean(),
});

const moment = z.iso.datetime();

/**
 * How far one copy of one store into another is, as the command line keeps it between its runs. `only` are the chosen tables, null for all.
 * `shown` is the drop list that the last assessment showed to the person, null before the first, `shownEmpty` what of it was empty then;
 * `planned` is what the setup did. What a
 * stage proved is there as the time at which it did; null is "not yet". `runId` names the folders of the ledgers, new with each setup.
 */
const copyRecord = z.strictObject({
  format: z.literal("1"),
  source: side,
  destination: side,
  only: z.array(z.string()).readonly().nullable(),
  shown: z.array(z.string()).readonly().nullable(),
  shownEmpty: z.array(z.string()).readonly().nullable().default(null),
  assessedAt: moment.nullable(),
  planned: z.array(plannedTable).readonly(),
  runId: z.string().nullable(),
  setUpAt: moment.nullable(),
  /** X: the largest value that the source's sequence can have issued when S and C were taken. */
  sourceIssued: longFromString.nullable(),
  /** The same as last read: larger than X only by what our own readings used up. */
  sourceSeen: longFromString.nullable(),
  /** The newest that clients had left behind in the source when S and C were taken. */
  sourceNewest: longFromString.nullable(),
  start: longFromString.nullable(),
  commit: longFromString.nullable(),
  /** C of the newest copy that this folder knew before its last setup: what lies above it was written by a client since. */
  commitBefore: longFromString.nullable().default(null),
  /** The newest that the destination held right after its last setup: what lies above it before S is taken was written by a client. */
  destinationSeen: longFromString.nullable().default(null),
  committedAt: moment.nullable(),
  copiedAt: moment.nullable(),
  /** Name of the comparison that is under way, or was the last; null before the first. */
  comparison: z.string().nullable(),
  comparedAt: moment.nullable(),
  /** The last comparison found nothing; null again as soon as anything is done that could change it. */
  validatedAt: moment.nullable(),
});
export type CopyRecord = z.output<typeof copyRecord>;
/** A side as it was when the record was written. */
export type SideRecord = CopyRecord["source"];

/** Everything of a record that a setup begins anew. */
export const NOTHING_DONE = {
  planned: [],
  runId: null,
  setUpAt: null,
  sourceIssued: null,
  sourceSeen: null,
  sourceNewest: null,
  start: null,
  commit: null,
  committedAt: null,
  copiedAt: null,
  comparison: null,
  comparedAt: null,
  validatedAt: null,
} satisfies Partial<CopyRecord>;

/** The record in a folder; null where there is none. @throws AppError `conflict` when it cannot be read */
export async function readCopyRecord(folder: string): Promise<CopyRecord | null> {
  const file = path.join(folder, RECORD_FILE);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unreadable(file, error);
  });
  if (text === null) return null;
  try {
    return copyRecord.parse(parseJson(text));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): AppError {
  return new AppError(
    "conflict",
    `${file} cannot be read, so what was done is not known. Nothing was changed. Restore it, or start over with another --state-dir.`,
    { cause },
  );
}

/** Replaces the record; when it resolves, the new one survives a power cut, and before that the old one does. */
export async function writeCopyRecord(folder: string, record: CopyRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, RECORD_FILE);
  const handle = await open(`${file}.new`, "w", 0o600);
  try {
    await handle.writeFile(`${canonicalJson(record)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Whether both are the same tables of the same store, whatever nodes were added or replaced meanwhile. */
export function samePlace(a: StorePlace, b: StorePlace): boolean {
  if (a.kind === "postgres" && b.kind === "postgres") {
    return (
      a.system === b.system && a.database === b.database && a.schema === b.schema && a.prefix === b.prefix
    );
  }
  if (a.kind !== "cassandra" || b.kind !== "cassandra") return false;
  const shared = a.hostIds.length === 0 || b.hostIds.length === 0 || a.hostIds.some(isOneOf(b.hostIds));
  return a.cluster === b.cluster && a.keyspace === b.keyspace && shared;
}

function isOneOf(ids: readonly string[]): (id: string) => boolean {
  return (id) => ids.includes(id);
}
