import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { isCode } from "#lib/db/embedded/binaries.ts";

/** One reviewed schema change: its folder's name, its SQL, and the SHA-256 of the file as Prisma computes it. */
export type SchemaChange = { readonly name: string; readonly sql: string; readonly checksum: string };

/** What the database says was applied to it. */
export type AppliedChange = {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolledBack: boolean;
};

/** Where the reviewed SQL of this build stands. */
export const SCHEMA_CHANGES_FOLDER = path.join(import.meta.dirname, "..", "..", "prisma", "migrations");

/** The schema changes of a folder in the order of their names, which is the order in which they are applied. */
export async function readSchemaChanges(folder: string): Promise<readonly SchemaChange[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const changes: SchemaChange[] = [];
  for (const name of names.toSorted()) {
    const bytes = await readFile(path.join(folder, name, "migration.sql")).catch((cause: unknown) => {
      if (isCode(cause, "ENOENT")) return null;
      throw cause;
    });
    if (bytes === null) continue;
    changes.push({
      name,
      sql: bytes.toString("utf8"),
      checksum: createHash("sha256").update(bytes).digest("hex"),
    });
  }
  return changes;
}

/** What is to be applied, or the sentence that says why this build must not touch the database. */
export type SchemaDecision =
  | { readonly ok: true; readonly pending: readonly SchemaChange[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Decides what to apply. Refuses a database that is newer than this build, a change whose text is not the one that was
 * applied, one that began and never finished, and a gap: a pending change that is older than an applied one.
 */
export function decideSchemaChanges(
  known: readonly SchemaChange[],
  recorded: readonly AppliedChange[],
): SchemaDecision {
  const applied = recorded.filter((row) => !row.rolledBack);
  const byName = new Map(known.map((change) => [change.name, change]));
  for (const row of applied) {
    const change = byName.get(row.name);
    if (change === undefined) {
      return refuse(
        `The database has the schema change ${row.name}, which this Lockstep does not know: it was used by a newer Lockstep. Start that one, or restore a backup made before it.`,
      );
    }
    if (!row.finished) {
      return refuse(
        `The schema change ${row.name} began on this database and never finished. Settle it with prisma migrate resolve, then start again.`,
      );
    }
    if (change.checksum !== row.checksum) {
      return refuse(
        `The schema change ${row.name} was applied with another text than this Lockstep has. Use the Lockstep that applied it.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.name));
  const pending = known.filter((change) => !done.has(change.name));
  const newest = [...done].toSorted().at(-1);
  const late = pending.find((change) => newest !== undefined && change.name < newest);
  if (late !== undefined) {
    return refuse(
      `The schema change ${late.name} is missing although the later ${newest} was applied. Use a released Lockstep.`,
    );
  }
  return { ok: true, pending };
}

function refuse(reason: string): SchemaDecision {
  return { ok: false, reason };
}
