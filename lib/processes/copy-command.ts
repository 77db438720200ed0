import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { AdapterError, AppError } from "#lib/errors.ts";
import { classifyError } from "#lib/mover/classify-error.ts";
import { type CopyRecord, readCopyRecord, writeCopyRecord } from "#lib/mover/copy-record.ts";
import type { PauseSwitch } from "#lib/mover/pause-switch.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { COPY_STAGES, type CopyArguments, readCopyArguments } from "#lib/processes/copy-arguments.ts";
import type { CopyResult, OnCopyEvent, ProvingStage } from "#lib/processes/copy-events.ts";
import { COPY_HELP } from "#lib/processes/copy-help.ts";
import { type CopyStreams, jsonOutput, plainOutput } from "#lib/processes/copy-output.ts";
import { nameOfSide, placeOfSide } from "#lib/processes/copy-side.ts";
import { type CopyWalk, type StageEnd, walkStage } from "#lib/processes/copy-walk.ts";
import { lockFolder } from "#lib/processes/folder-lock.ts";
import { closeCopySide, describeSide, openCopySide } from "#lib/processes/open-copy-side.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/** What the command line gives to a copy. `cwd` is where the person stands, `dataDir` where state folders go by default. */
export type CopySurroundings = CopyStreams & {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly dataDir: string;
  /** Asks on the terminal; null where there is none. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** Fires when the person wants it to stop. */
  readonly signal: AbortSignal;
  /** Turned when the person wants it to stand still, or to go on. */
  readonly pause: PauseSwitch;
};

const EXIT_PROVEN = 0;
const EXIT_REFUSED = 1;
const EXIT_DIFFERENT = 2;
const EXIT_INTERRUPTED = 130;

/**
 * Does what stands behind `copy` on the command line, and answers with the exit code. Once the arguments are read, everything that happens
 * ends in a result; with `--json` wrong arguments do, too. @throws AppError `invalid` when the arguments are wrong
 */
export async function copyCommand(argv: readonly string[], around: CopySurroundings): Promise<number> {
  const given = readGiven(argv, around);
  if (given === null) return EXIT_REFUSED;
  if (given === "help") {
    around.out(COPY_HELP);
    return EXIT_PROVEN;
  }
  const tell = given.isJson ? jsonOutput(around) : plainOutput(around);
  const startedAt = performance.now();
  around.pause.hear(() => tell({ type: "note", message: around.pause.isOn ? PAUSED : RESUMED }));
  const outcome: Outcome = {
    stateDir: given.stateDir ?? "",
    record: null,
    stage: null,
    at: null,
    end: null,
    isVoid: false,
  };
  const failure = await workOn(given, around, tell, outcome).then(
    () => null,
    (error: unknown) => {
      outcome.isVoid = isVoid(error, outcome.stage);
      return wordsOf(error);
    },
  );
  const result = resultOf(given, outcome, failure, around.signal.aborted);
  tell({ ...result, elapsedMs: Math.round(performance.now() - startedAt) });
  return exitCode(result, outcome, around.signal.aborted);
}

/** Null when the arguments are wrong and a program has been told so; a person is told on standard error. */
function readGiven(argv: readonly string[], around: CopySurroundings): CopyArguments | "help" | null {
  try {
    return readCopyArguments(argv, around.env, around.cwd);
  } catch (error) {
    if (!(error instanceof AppError) || !argv.includes("--json")) throw error;
    const asked = COPY_STAGES.find((stage) => argv[0] === stage) ?? null;
    jsonOutput(around)({ ...NOTHING_FOUND, asked, message: error.message });
    return null;
  }
}

/** What is known when a command ends, however it does. */
type Outcome = {
  stateDir: string;
  record: CopyRecord | null;
  stage: ProvingStage | null;
  /** What was worked on last: a setup assesses first. */
  at: ProvingStage | null;
  end: StageEnd | null;
  /** Nothing but a new setup leads on. */
  isVoid: boolean;
};

async function workOn(
  given: CopyArguments,
  around: CopySurroundings,
  tell: OnCopyEvent,
  outcome: Outcome,
): Promise<void> {
  const described = {
    source: await describeSide(given.source),
    destination: await describeSide(given.destination),
  };
  const places = canonicalJson([placeOfSide(described.source), placeOfSide(described.destination)]);
  const name = createHash("sha256").update(places).digest("hex").slice(0, 12);
  const folder = given.stateDir ?? path.join(around.dataDir, "copies", name);
  outcome.stateDir = folder;
  for (const which of ["source", "destination"] as const) {
    tell({ type: "note", message: `${which}: ${nameOfSide(described[which])}` });
    for (const message of described[which].notes) tell({ type: "note", message: `${which}: ${message}` });
  }
  const lock = await holdFolder(folder);
  tell({ type: "note", message: `process: ${process.pid}` });
  const opened: MoveSide[] = [];
  try {
    const open = async (which: "source" | "destination") => {
      const side = await openCopySide(which, described[which]);
      opened.push(side);
      return side;
    };
    outcome.record = await readCopyRecord(folder);
    const { ask, signal, pause } = around;
    const enter = (stage: ProvingStage) => void (outcome.at = stage);
    const walk = { given, folder, tell, enter, ask, signal, pause };
    await walkAll({ ...walk, source: await open("source"), destination: await open("destination") }, outcome);
  } finally {
    await Promise.all(opened.map(closeCopySide));
    await lock.release();
  }
}

async function holdFolder(folder: string) {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `The state folder ${folder} cannot be made. Nothing was read or changed. Give another one with --state-dir.`,
      { cause },
    );
  }
  const lock = await lockFolder(folder);
  if (lock !== null) return lock;
  throw new AppError(
    "conflict",
    `Another process works with the state folder ${folder}. Nothing was changed. Wait for it, or stop it.`,
  );
}

/** Stage after stage; the first one that does not come to its end is the last. */
async function walkAll(walk: CopyWalk, outcome: Outcome): Promise<void> {
  for (const stage of stagesOf(walk.given, outcome.record)) {
    if (walk.signal.aborted) return;
    outcome.stage = stage;
    walk.enter(stage);
    outcome.end = null;
    const end = await walkStage(walk, stage, outcome.record, async (record) => {
      await writeCopyRecord(walk.folder, record);
      outcome.record = record;
    });
    outcome.end = end;
    outcome.isVoid = end.mustStartOver;
    if (!end.isProven) return;
  }
}

/** A setup assesses by itself, as the last thing before it changes anything. */
function stagesOf({ stage }: CopyArguments, record: CopyRecord | null): readonly ProvingStage[] {
  if (stage !== "run") return [stage];
  return [
    ...(record?.setUpAt == null ? (["setup"] as const) : []),
    ...(record?.copiedAt == null ? (["migrate"] as const) : []),
    "validate",
  ];
}

function isVoid(error: unknown, stage: ProvingStage | null): boolean {
  return error instanceof AppError && error.code === "stale" && (stage === "migrate" || stage === "validate");
}

function wordsOf(error: unknown): string {
  if (error instanceof AppError || error instanceof AdapterError) return error.message;
  return classifyError(error).message;
}

function resultOf(
  given: CopyArguments,
  outcome: Outcome,
  failure: string | null,
  isInterrupted: boolean,
): Omit<CopyResult, "elapsedMs"> {
  const { stateDir, record, stage, end } = outcome;
  const asked = given.stage;
  const last = asked === "run" ? "validate" : asked;
  const ok = failure === null && end?.isProven === true && stage === last;
  const stopped = isInterrupted && !ok;
  return {
    type: "result",
    ok,
    asked,
    failed: end?.isProven === true ? null : outcome.at,
    message: failure ?? (stopped ? INTERRUPTED : (end?.message ?? INTERRUPTED)),
    proven: provenBy(record),
    next: nextCommand(outcome, ok, asked),
    x: text(record?.sourceIssued),
    s: text(record?.start),
    c: text(record?.commit),
    counts: end?.counts ?? null,
    stateDir,
  };
}

/** The result of a command that was not understood. */
const NOTHING_FOUND = {
  type: "result",
  ok: false,
  failed: null,
  proven: [],
  next: "npm run -s lockstep -- copy --help",
  x: null,
  s: null,
  c: null,
  counts: null,
  stateDir: "",
  elapsedMs: 0,
} as const;

const PAUSED =
  "Paused: every lane stands still at its next checkpoint. The service stays stopped for as long as this lasts. The same signal once more goes on.";
const RESUMED = "Going on.";

const INTERRUPTED =
  "Interrupted. What was recorded is kept, and the same command goes on from there. The source is unchanged; the destination may hold part of the data, so start no client on it.";

function text(value: bigint | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function provenBy(record: CopyRecord | null): readonly string[] {
  if (record === null) return [];
  const { assessedAt, setUpAt, committedAt, copiedAt, validatedAt } = record;
  const steps = [
    ["assessed", assessedAt],
    ["set up", setUpAt],
    ["S and C committed", committedAt],
    ["copied", copiedAt],
    ["validated", validatedAt],
  ] as const;
  return steps.flatMap(([step, at]) => (at === null ? [] : [`${step} (${at})`]));
}

function nextCommand(
  { record, isVoid: startOver }: Outcome,
  ok: boolean,
  asked: CopyArguments["stage"],
): string | null {
  const command = (stage: CopyArguments["stage"]) =>
    `npm run -s lockstep -- copy ${stage}, with the same options`;
  if (startOver) return command("setup");
  if (!ok) return command(asked);
  if (asked === "assess") return command(record?.setUpAt == null ? "setup" : "run");
  if (asked === "setup") return command("migrate");
  return asked === "migrate" ? command("validate") : null;
}

function exitCode(result: Pick<CopyResult, "ok">, { end }: Outcome, isInterrupted: boolean): number {
  if (result.ok) return EXIT_PROVEN;
  if (end?.isDifferent === true) return EXIT_DIFFERENT;
  return isInterrupted ? EXIT_INTERRUPTED : EXIT_REFUSED;
}
