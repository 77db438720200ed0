import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { findingSubject, obstacles } from "#lib/engine/finding.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { assessMove } from "#lib/mover/assess.ts";
import type { Assessment, DroppedTable } from "#lib/mover/assess-report.ts";
import { type CopyRecord, NOTHING_DONE, samePlace, type SideRecord } from "#lib/mover/copy-record.ts";
import {
  type ComparisonEnd,
  migrateStage,
  setUpStage,
  type StageParts,
  validateStage,
} from "#lib/mover/copy-stages.ts";
import type { Difference } from "#lib/mover/difference.ts";
import type { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { readNewestEntry } from "#lib/mover/newest-entry.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { newestLeftBehind } from "#lib/mover/source-mark.ts";
import { sequenceOf } from "#lib/mover/start.ts";
import type { CopyArguments } from "#lib/processes/copy-arguments.ts";
import type { CopyCounts, OnCopyEvent, ProvingStage } from "#lib/processes/copy-events.ts";
import { CopyProgress } from "#lib/processes/copy-progress.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/** What every stage of one command works with; `folder` is held by this process. */
export type CopyWalk = {
  readonly given: CopyArguments;
  readonly folder: string;
  readonly tell: OnCopyEvent;
  /** Hears which stage is worked on from now on; a setup assesses first. */
  readonly enter: (stage: ProvingStage) => void;
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly signal: AbortSignal;
  readonly pause: PauseSwitch;
  readonly source: MoveSide;
  readonly destination: MoveSide;
};

/** How one stage ended, in words for the person. `mustStartOver`: only a new setup leads on. */
export type StageEnd = {
  readonly isProven: boolean;
  readonly isDifferent: boolean;
  readonly mustStartOver: boolean;
  readonly message: string;
  readonly counts: CopyCounts | null;
};

/** Makes a record durable, and remembers it, so that what is proven can be told after a failure, too. */
type Keep = (record: CopyRecord) => Promise<void>;

const DIFFERENCES_FILE = "differences.jsonl";

/** Does one stage. @throws AppError, AdapterError as the stages of `lib/mover/copy-stages.ts` and the assessment do */
export async function walkStage(
  walk: CopyWalk,
  stage: ProvingStage,
  record: CopyRecord | null,
  keep: Keep,
): Promise<StageEnd> {
  switch (stage) {
    case "assess":
      return assess(walk, record, keep);
    case "setup":
      return setUp(walk, record, keep);
    case "migrate":
      return migrate(walk, record, keep);
    case "validate":
      return validate(walk, record, keep);
  }
}

async function assess(walk: CopyWalk, record: CopyRecord | null, keep: Keep): Promise<StageEnd> {
  const { tell } = walk;
  tell({
    type: "stage",
    stage: "assess",
    state: "started",
    message: "both sides are read, nothing is changed",
  });
  const { assessed, end } = await readBoth(walk, record);
  if (!end.isProven) return end;
  // A copy that has begun keeps what it is about; only its drop list is a newer one.
  const { shown, shownEmpty, assessedAt } = assessed;
  const newer = { shown, shownEmpty, assessedAt };
  await keep(record === null || record.runId === null ? assessed : { ...record, ...newer });
  tell({ type: "stage", stage: "assess", state: "proven", message: end.message });
  return end;
}

/** Reads both sides and tells everything; the record of a new copy is made, and not written yet. */
async function readBoth(walk: CopyWalk, record: CopyRecord | null) {
  const { given, source, destination, tell } = walk;
  const only = given.tables;
  const assessment = await assessMove(source, destination, only);
  tellAssessment(tell, assessment);
  const accepted = new Set(given.accepted.map((id) => findingSubject(id)));
  const inTheWay = obstacles(assessment.findings, accepted, "all");
  const assessed: CopyRecord = {
    format: "1",
    source: await sideRecord(source),
    destination: await sideRecord(destination),
    only,
    shown: assessment.dropped.map(({ name }) => name),
    shownEmpty: assessment.dropped.flatMap(({ name, versions }) => (versions === 0 ? [name] : [])),
    assessedAt: now().toISOString(),
    ...NOTHING_DONE,
    commitBefore: record?.commit ?? record?.commitBefore ?? null,
    destinationSeen: record?.destinationSeen ?? null,
  };
  refuseOtherStores(walk, record, assessed);
  const copied = assessment.tables.filter(({ fate }) => fate === "copied").length;
  const message =
    inTheWay.length === 0
      ? `nothing stands in the way. ${copied} tables would be copied, ${assessment.dropped.length} of the destination dropped.`
      : `${inTheWay.length} ${inTheWay.length === 1 ? "finding stands" : "findings stand"} in the way: ${inTheWay.map(({ title }) => title).join("; ")}. Nothing was changed.`;
  return { assessed, dropped: assessment.dropped, end: ended(inTheWay.length === 0, message) };
}

/** A copy that has begun would be forgotten. */
function refuseOtherStores({ folder }: CopyWalk, record: CopyRecord | null, now: CopyRecord): void {
  if (record === null || record.runId === null) return;
  for (const which of ["source", "destination"] as const) {
    if (samePlace(record[which].place, now[which].place)) continue;
    throw new AppError(
      "conflict",
      `The state folder ${folder} holds a copy with another ${which}: ${record[which].name}. Nothing was changed. Name the right store, or another --state-dir.`,
    );
  }
}

function tellAssessment(tell: OnCopyEvent, { findings, tables, total }: Assessment): void {
  for (const { level, id, title, detail, remedy, attest } of findings) {
    tell({ type: "finding", level, id, title, detail, remedy, accepts: attest?.label ?? null });
  }
  for (const { replaces, duration, ...table } of tables) {
    tell({ type: "table", ...table, drops: replaces, seconds: duration });
  }
  const copied = tables.filter(({ fate }) => fate === "copied").length;
  const { cells, bytes, duration } = total;
  tell({ type: "estimate", tables: copied, cells, bytes, seconds: duration });
}

async function setUp(walk: CopyWalk, record: CopyRecord | null, keep: Keep): Promise<StageEnd> {
  const { tell, enter } = walk;
  enter("assess");
  tell({ type: "stage", stage: "assess", state: "started", message: "both sides are read once more" });
  const { assessed, dropped, end } = await readBoth(walk, record);
  if (!end.isProven) return end;
  enter("setup");
  await refuseAfterStart(walk, record);
  refuseUnseen(walk, record, dropped);
  await confirm(walk, record, dropped.length);
  tell({
    type: "stage",
    stage: "setup",
    state: "started",
    message: "the destination's tables are dropped and created",
  });
  const done = await setUpStage(stageParts(walk, keep, null), assessed);
  const message = `the destination has the tables of the source with the same metadata bytes (${done.planned.length} decided on).`;
  tell({ type: "stage", stage: "setup", state: "proven", message });
  return ended(true, message);
}

/** What a client wrote to the destination is nowhere else. */
async function refuseAfterStart({ destination }: CopyWalk, record: CopyRecord | null): Promise<void> {
  const commit = record?.commit ?? record?.commitBefore ?? null;
  if (commit === null) return refuseAfterSetUp(destination, record?.destinationSeen ?? null);
  const reader = await destination.openSource();
  try {
    const newest = await readNewestEntry(reader, destination.bound);
    if (newest.state === "none" || (newest.state === "known" && newest.start <= commit)) return;
    const what =
      newest.state === "known"
        ? `The destination holds the transaction ${newest.start}, which is newer than the last copy (C = ${commit}): a client has started there, and starting over would lose what it wrote.`
        : `Whether a client has started on the destination cannot be read: ${newest.because}`;
    throw new AppError(
      "conflict",
      `${what} Nothing was changed. If its data may be lost, start over with an empty --state-dir.`,
    );
  } finally {
    await reader.close();
  }
}

/** The same where the last setup was not followed by S and C. */
async function refuseAfterSetUp({ name, bound }: MoveSide, seen: bigint | null): Promise<void> {
  if (seen === null) return;
  const newest = await newestLeftBehind(bound);
  if (newest <= seen) return;
  throw new AppError(
    "conflict",
    `${name} holds the timestamp ${newest} now, and ${seen} was its newest after the last setup: a client has started there, and starting over would lose what it wrote. Nothing was changed. If its data may be lost, start over with an empty --state-dir.`,
  );
}

/** Where nobody looks at the list now, the one that was looked at counts. */
function refuseUnseen(
  { given }: CopyWalk,
  record: CopyRecord | null,
  dropped: readonly DroppedTable[],
): void {
  if (!given.isConfirmed || record?.shown == null) return;
  const { shown, shownEmpty } = record;
  const again = "Nothing was changed. Run copy assess, look at the list again, then repeat this.";
  const unseen = namesOf(dropped.filter(({ name }) => !shown.includes(name)));
  if (unseen !== "") {
    throw new AppError(
      "stale",
      `Since the last assessment the destination got tables that would be dropped now: ${unseen}. ${again}`,
    );
  }
  const filled = namesOf(
    dropped.filter(({ name, versions }) => versions !== 0 && shownEmpty?.includes(name) === true),
  );
  if (filled === "") return;
  throw new AppError(
    "stale",
    `Tables of the destination that were empty at the last assessment hold data now, and would be dropped: ${filled}. ${again}`,
  );
}

function namesOf(tables: readonly DroppedTable[]): string {
  return tables.map(({ name }) => name).join(", ");
}

async function confirm(
  { given, ask, destination }: CopyWalk,
  record: CopyRecord | null,
  drops: number,
): Promise<void> {
  if (given.isConfirmed) return;
  const again =
    record?.committedAt == null ? "" : " What this state folder holds as copied counts as nothing then.";
  const words = `setup drops ${drops} tables of ${destination.name} with all their data; only a backup brings them back.${again}`;
  if (ask === null || given.isJson) {
    throw new AppError("conflict", `${words} Nothing was changed. Say --yes to go on without being asked.`);
  }
  const answer = await ask(
    `${words}\nAre all clients of both stores stopped, and is there a backup of both that was restored once? Type yes to go on: `,
  );
  if (answer.trim().toLowerCase() === "yes") return;
  throw new AppError("conflict", "The answer was not yes, so nothing was changed.");
}

async function migrate(walk: CopyWalk, found: CopyRecord | null, keep: Keep): Promise<StageEnd> {
  const { tell } = walk;
  const record = await requireSameCopy(walk, found);
  tell({
    type: "stage",
    stage: "migrate",
    state: "started",
    message: "cells are copied; the source is only read",
  });
  const progress = new CopyProgress("migrate", tell);
  const { end } = await migrateStage(stageParts(walk, keep, progress), record);
  if (end.end === "done") {
    const message = `everything is copied, and the source's sequence stood still. ${end.totals.cells} cells.`;
    tell({ type: "stage", stage: "migrate", state: "proven", message });
    return { ...ended(true, message), counts: end.totals };
  }
  return { ...ended(false, notDone("copy", end.failures)), counts: end.totals };
}

async function validate(walk: CopyWalk, found: CopyRecord | null, keep: Keep): Promise<StageEnd> {
  const { tell, folder } = walk;
  const record = await requireSameCopy(walk, found);
  tell({ type: "stage", stage: "validate", state: "started", message: "every cell is compared both ways" });
  const progress = new CopyProgress("validate", tell);
  const { end, record: after } = await validateStage(stageParts(walk, keep, progress), record);
  if (end.end !== "done") return { ...ended(false, notDone("comparison", end.failures)), counts: end.totals };
  for (const table of end.tables) tell({ type: "table-difference", ...table });
  for (const difference of end.differences) tell({ type: "difference", ...difference });
  await keepDifferences(folder, end.differences);
  if (after.validatedAt !== null) {
    const message = `both stores hold the same ${end.totals.cells} cells, each once, at S. The tables and their metadata are the same bytes.${await forget(walk, after)}`;
    tell({ type: "stage", stage: "validate", state: "proven", message });
    return { ...ended(true, message), counts: end.totals };
  }
  const message = differenceWords(end, path.join(folder, DIFFERENCES_FILE));
  return { ...ended(false, message), counts: end.totals, isDifferent: true, mustStartOver: true };
}

/** What is proven needs nothing of ours beside the data any more. A failure takes nothing from the proof. */
async function forget({ destination }: CopyWalk, { start }: CopyRecord): Promise<string> {
  if (start === null) return "";
  try {
    const sink = await destination.openSink();
    try {
      await sink.forget(start);
    } finally {
      await sink.close();
    }
    return "";
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return ` Tables of Lockstep's own, lockstep_copy_*, are still in ${destination.name} (${error.message}); drop them whenever you like.`;
  }
}

function differenceWords({ totals, tables, differences }: ComparisonEnd, file: string): string {
  const kept =
    differences.length === 0 ? "" : ` Keys and values of the first ${differences.length} stand in ${file}.`;
  return `The stores are not the same. Cells that differ: ${totals.differences}, tables: ${tables.length}.${kept} Do not start on the destination. Find out what wrote there, then start over.`;
}

function notDone(what: string, failures: readonly string[]): string {
  const words = failures.map((failure) => ` ${failure}`).join("");
  return `The ${what} is not complete.${words} What was recorded is intact; the same command goes on from there.`;
}

/** Keys and values of the service's data: readable for this user alone. */
async function keepDifferences(folder: string, differences: readonly Difference[]): Promise<void> {
  const file = path.join(folder, DIFFERENCES_FILE);
  await rm(file, { force: true });
  if (differences.length === 0) return;
  await writeFile(file, differences.map((one) => `${canonicalJson(one)}\n`).join(""), { mode: 0o600 });
}

/** The folder is about these two stores, these sequences and these tables. */
async function requireSameCopy(walk: CopyWalk, record: CopyRecord | null): Promise<CopyRecord> {
  const { given, folder } = walk;
  if (record === null) {
    throw new AppError(
      "conflict",
      `The state folder ${folder} holds no copy yet. Nothing was changed. Run copy setup first, or name the folder with --state-dir.`,
    );
  }
  for (const which of ["source", "destination"] as const) {
    const [kept, present] = [record[which], await sideRecord(walk[which])];
    if (samePlace(kept.place, present.place) && kept.sequence === present.sequence) continue;
    throw new AppError(
      "conflict",
      `The state folder ${folder} is about another ${which}: ${kept.name}, with ${kept.sequence}. Now it is ${present.name}, with ${present.sequence}. Nothing was changed. Name the right store or the right --state-dir.`,
    );
  }
  if (given.tables !== null && canonicalJson(given.tables) !== canonicalJson(record.only)) {
    throw new AppError(
      "conflict",
      `This copy was set up for ${record.only === null ? "all tables" : record.only.join(", ")}. Nothing was changed. Leave --tables out to go on with it, or start over with copy setup.`,
    );
  }
  return record;
}

async function sideRecord(side: MoveSide): Promise<SideRecord> {
  const { place } = await side.surveyor.survey();
  return {
    name: side.name,
    place,
    sequence: sequenceOf(side).name,
  };
}

function stageParts(walk: CopyWalk, keep: Keep, progress: CopyProgress | null): StageParts {
  return {
    source: walk.source,
    destination: walk.destination,
    folder: walk.folder,
    keep,
    lanes: walk.given.lanes,
    rates: walk.given.rates,
    pause: walk.pause,
    onProgress: (event) => progress?.heard(event),
    onPlan: (plan, shards) => progress?.planned(plan, shards),
    signal: walk.signal,
    now,
  };
}

const now = (): Date => new Date();

function ended(isProven: boolean, message: string): StageEnd {
  return { isProven, isDifferent: false, mustStartOver: false, message, counts: null };
}
