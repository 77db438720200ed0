import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { type CopyRun, runOf } from "#lib/migrations/get-copy.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import type { DifferencesPage } from "#lib/mover/copy-view.ts";
import type { Difference } from "#lib/mover/difference.ts";
import { CSV_HEAD, csvLine, csvText, differenceView } from "#lib/mover/difference-views.ts";
import { differenceWire } from "#lib/mover/ledger-schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";
import { longFromString } from "#lib/timestamps/long.ts";

const PAGE = 100;
/** How many characters a download may have; more than the differences that a run keeps need, unless their values are long. */
const DOWNLOAD_CHARACTERS_MAX = 32_000_000;

/** Which page of the differences of a migration's newest comparison. `after`: `next` of the page before. */
export const differencesInput = z.strictObject({
  migrationId: z.uuid(),
  after: longFromString.optional(),
});

/** How a download is written. `jsonl`: one JSON object a line; `csv`: a table, values in hexadecimal digits. */
export const downloadInput = z.strictObject({ migrationId: z.uuid(), format: z.enum(["csv", "jsonl"]) });

/**
 * One page of what the newest comparison of a migration found, in the order in which it was found. Values are the first 1,024 bytes.
 * @throws AppError `not-found`, `forbidden`
 */
export async function getDifferences(
  ctx: Context,
  { migrationId, after = 0n }: z.output<typeof differencesInput>,
): Promise<DifferencesPage> {
  const run = await comparisonOf(ctx, migrationId);
  if (run === null) return { run: null, found: 0, listed: 0, differences: [], next: null };
  const [counted, rows] = await Promise.all([countsOf(run.id), rowsAfter(run.id, after)]);
  const last = rows.length < PAGE ? undefined : rows.at(-1);
  return {
    run: run.id,
    ...counted,
    differences: rows.map(({ id, difference }) => differenceView(id, difference)),
    next: last?.id.toString() ?? null,
  };
}

/**
 * Everything that the newest comparison of a migration lists, as one file of bounded size that says whether it is all that was found.
 * @throws AppError `not-found` also when nothing was compared yet, `forbidden`
 */
export async function downloadDifferences(
  ctx: Context,
  { migrationId, format }: z.output<typeof downloadInput>,
): Promise<{ readonly fileName: string; readonly contentType: string; readonly text: string }> {
  const run = await comparisonOf(ctx, migrationId);
  if (run === null) throw new AppError("not-found", "Nothing was compared yet, so there is nothing to save.");
  const { found } = await countsOf(run.id);
  const lines: string[] = format === "csv" ? [CSV_HEAD] : [];
  let written = 0;
  let characters = 0;
  let after = 0n;
  for (let isMore = true; isMore;) {
    const rows = await rowsAfter(run.id, after);
    isMore = rows.length === PAGE;
    for (const { id, difference } of rows) {
      const line = format === "csv" ? csvLine(difference) : canonicalJson(difference);
      characters += line.length + 1;
      if (characters > DOWNLOAD_CHARACTERS_MAX) {
        isMore = false;
        break;
      }
      lines.push(line);
      written += 1;
      after = id;
    }
  }
  const words =
    written === found
      ? `This is all: ${found} differences.`
      : `This is cut: the first ${written} of ${found} differences.`;
  const end = { end: words, found, isCut: written !== found, run: run.id, written };
  lines.push(format === "csv" ? csvText(words) : canonicalJson(end));
  return {
    fileName: `differences-at-${run.start}-comparison-${run.round}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8",
    text: `${lines.join("\n")}\n`,
  };
}

async function comparisonOf(ctx: Context, migrationId: string): Promise<CopyRun | null> {
  const migration = await loadMigration(database(), migrationId);
  await authoriseRead(ctx, migration.environmentId);
  return runOf(migration, "compare");
}

async function countsOf(runId: string): Promise<{ readonly found: number; readonly listed: number }> {
  const [row] = await database().$queryRaw<{ found: number; listed: number }[]>`
    SELECT (SELECT coalesce(sum(differences_found), 0)::float8 FROM mover_shard WHERE run_id = ${runId}) AS found,
      (SELECT count(*)::int FROM mover_difference WHERE run_id = ${runId}) AS listed`;
  return row ?? { found: 0, listed: 0 };
}

async function rowsAfter(
  runId: string,
  after: bigint,
): Promise<{ readonly id: bigint; readonly difference: Difference }[]> {
  const rows = await database().moverDifference.findMany({
    where: { runId, id: { gt: after } },
    orderBy: { id: "asc" },
    take: PAGE,
  });
  return rows.map(({ id, difference }) => ({ id, difference: differenceWire.parse(parseJson(difference)) }));
}
