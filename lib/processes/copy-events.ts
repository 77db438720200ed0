import type { Difference } from "#lib/mover/difference.ts";
import type { FindingLevel } from "#lib/engine/finding.ts";
import type { TableFate } from "#lib/mover/select-tables.ts";
import type { CopyStage } from "#lib/processes/copy-arguments.ts";

/** The stages that prove something by themselves; `run` is all of them. */
export type ProvingStage = Exclude<CopyStage, "run">;

/** Counts of a run so far; whole numbers. `cells` were written or compared; the rest were read and not copied, by reason. */
export type CopyCounts = Readonly<Record<string, number>>;

/** From as short as it may take to as long as is likely, in seconds. */
export type SecondsRange = { readonly least: number; readonly most: number };

/**
 * Everything that a copy tells, each one line of `--json`. Longs are decimal strings; keys and values of cells hexadecimal digits. The last
 * event is always the `result`.
 */
export type CopyEvent =
  | { readonly type: "note"; readonly message: string }
  | {
      readonly type: "stage";
      readonly stage: ProvingStage;
      readonly state: "started" | "proven";
      readonly message: string;
    }
  | {
      readonly type: "finding";
      readonly level: FindingLevel;
      readonly id: string;
      readonly title: string;
      readonly detail: string | null;
      readonly remedy: string | null;
      /** What `--accept` would declare; null where no declaration helps. */
      readonly accepts: string | null;
    }
  | {
      readonly type: "table";
      readonly name: string;
      readonly fate: TableFate;
      readonly reason: string;
      readonly drops: boolean;
      readonly versions: number | null;
      readonly cells: number | null;
      readonly bytes: number | null;
      /** How long copying it takes by itself; null where it is not copied, or its size is unknown. */
      readonly seconds: SecondsRange | null;
    }
  | {
      /** All copied tables together; null as soon as one of them is unknown. */
      readonly type: "estimate";
      readonly tables: number;
      readonly cells: number | null;
      readonly bytes: number | null;
      readonly seconds: SecondsRange | null;
    }
  | {
      readonly type: "progress";
      readonly stage: ProvingStage;
      readonly shardsDone: number;
      readonly shards: number;
      readonly counts: CopyCounts;
      readonly cellsPerSecond: number;
      /** Until this stage ends, at the speeds seen lately; null while they say too little. */
      readonly secondsLeft: SecondsRange | null;
      readonly elapsedMs: number;
    }
  | {
      readonly type: "retry";
      readonly table: string;
      readonly shard: number;
      readonly code: string;
      readonly message: string;
      readonly delayMs: number;
    }
  | {
      readonly type: "failed";
      readonly table: string;
      readonly shard: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "table-difference"; readonly name: string; readonly problem: string }
  | ({ readonly type: "difference" } & Difference)
  | CopyResult;

/** How a command ended. `ok` only when what was asked is proven. `next` is the command to run now; null where nothing is left to do. */
export type CopyResult = {
  readonly type: "result";
  readonly ok: boolean;
  /** Null where the arguments name none that there is. */
  readonly asked: CopyStage | null;
  /** The stage that did not come to its end; null when all did, or none was begun. A setup assesses first. */
  readonly failed: ProvingStage | null;
  readonly message: string;
  readonly proven: readonly string[];
  readonly next: string | null;
  readonly x: string | null;
  readonly s: string | null;
  readonly c: string | null;
  readonly counts: CopyCounts | null;
  /** Empty where the sides could not be read, so that they name none. */
  readonly stateDir: string;
  readonly elapsedMs: number;
};

/** Takes events as they happen. Must be quick and must not throw. */
export type OnCopyEvent = (event: CopyEvent) => void;
