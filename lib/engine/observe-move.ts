import type { Observation } from "#lib/engine/observe.ts";
import type { ReadingRequest } from "#lib/engine/reading.ts";
import type { Seen } from "#lib/engine/seen.ts";
import { storeAt } from "#lib/engine/step.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";

/**
 * Reads one thing of a move. What is known only at S is not read before S is.
 * @throws AdapterError what a store threw; AppError `conflict` while S is not taken
 */
export async function readMove(
  move: StoreMove,
  { targets, values }: Observation,
  { kind, into }: Extract<ReadingRequest, { into: unknown }>,
): Promise<Seen> {
  const source = storeAt(targets, into).label;
  const seen = (value: Seen["value"]): Seen => ({ value, source, node: null, raw: null });
  if (kind === "move.assessment") return seen({ kind, assessment: await move.assess() });
  if (kind === "move.tables") return seen({ kind, tables: await move.readTables() });
  if (kind === "move.start")
    throw new AppError(
      "unavailable",
      "The attempt that takes S and C is given them, and nobody can read them later.",
    );
  if (kind === "move.by-hand")
    throw new AppError("unavailable", "Nothing was pasted: Lockstep does not run AtlasDB's command line.");
  const { S: start } = values;
  if (start === undefined) throw new AppError("conflict", "S has not been taken yet.");
  if (kind === "move.commit") return seen({ kind, commit: { start, commit: await move.readCommit(start) } });
  const job = await move.readJob(kind === "move.copy" ? "copy" : "compare", start);
  return { ...seen({ kind, job }), source: "Lockstep's ledger" };
}
