import type { AdapterError } from "#lib/errors.ts";
import { describeBoundState } from "#lib/stores/bound-state.ts";
import {
  type BoundReading,
  CONNECTION_STAGES,
  type ConnectionReport,
  type RightsReading,
  type StoreFinding,
} from "#lib/stores/schema.ts";

type Stage = ConnectionReport["stages"][number];

/** One stage of a connection test. */
export type StageName = Stage["stage"];

/** How one kind of store tells its connection test. */
export type StageWords = {
  /** What each stage says once it is reached. */
  readonly reached: Readonly<Record<StageName, string>>;
  /** Whether the TLS stage is a warning: no encryption, or of a server that is not verified. */
  readonly weakTls: boolean;
  /** The stage from which on findings speak instead of having got there. */
  readonly findingsFrom: StageName;
  /** The stage that each finding belongs to, by its code; one that is not named belongs to the rights. */
  readonly findingStages: Readonly<Record<string, StageName>>;
};

/** The report of a test that ended at a stage: everything before it was reached. */
export function failedReport(words: StageWords, stage: StageName, error: AdapterError): ConnectionReport {
  const before = CONNECTION_STAGES.slice(0, CONNECTION_STAGES.indexOf(stage));
  return {
    ok: false,
    stages: [
      ...reached(words, before),
      {
        stage,
        verdict: "failed",
        code: error.code,
        message: error.message.replace(/ Nothing was changed in the store\.$/, ""),
      },
    ],
    identity: null,
    facts: [],
  };
}

/** The report of a test that got through; `bound` null where the table could not be told. A blocking finding fails it. */
export function reportOf(
  words: StageWords,
  rights: RightsReading,
  bound: BoundReading | null,
): ConnectionReport {
  const first = CONNECTION_STAGES.indexOf(words.findingsFrom);
  const stages = [
    ...reached(words, CONNECTION_STAGES.slice(0, first)),
    ...CONNECTION_STAGES.slice(first).flatMap((stage) => findingStages(words, stage, rights.findings)),
  ];
  return {
    ok: stages.every(({ verdict }) => verdict !== "failed"),
    stages,
    identity: bound?.identity ?? null,
    facts: [
      ...rights.facts,
      ...(bound === null ? [] : [{ label: "Bound", value: describeBoundState(bound.state) }]),
    ],
  };
}

function reached(words: StageWords, stages: readonly StageName[]): Stage[] {
  return stages.map((stage) => ({
    stage,
    verdict: stage === "TLS" && words.weakTls ? "warning" : "pass",
    code: `${stage.replaceAll(" ", "-")}-reached`,
    message: words.reached[stage],
  }));
}

function findingStages(words: StageWords, stage: StageName, findings: readonly StoreFinding[]): Stage[] {
  const ours = findings.filter(({ code }) => (words.findingStages[code] ?? "rights") === stage);
  const noted = ours.filter(({ verdict }) => verdict !== "pass");
  if (noted.length === 0) return reached(words, [stage]);
  return noted.map(({ code, verdict, message }) => ({
    stage,
    verdict: verdict === "blocking" ? "failed" : "warning",
    code,
    message,
  }));
}
