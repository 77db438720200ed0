import type { CopyPart, CopyView } from "#lib/mover/copy-view.ts";
import { groupDigits } from "#lib/timestamps/long.ts";

type Told = Pick<CopyView, "kind" | "state" | "shards" | "tableCount" | "limitedBy" | "control"> & {
  readonly found: number;
  readonly isPlanned: boolean;
  readonly hasBegun: boolean;
};

const PARTS: Readonly<Record<CopyPart, string>> = {
  source: "the source",
  filter: "Lockstep itself",
  destination: "the destination",
  throttle: "the limit that was set",
};

/** How a run stands, in one line. */
export function copyHeadline(told: Told): string {
  const { kind, state, shards, tableCount, limitedBy, found } = told;
  const tables = `${tableCount.done} of ${tableCount.total} tables done`;
  const doing = kind === "copy" ? "Copying" : "Comparing";
  const still =
    shards.failed === 0
      ? ""
      : ` ${count(shards.failed, "range stands", "ranges stand")} still and must be looked at.`;
  switch (state) {
    case "waiting":
      if (!told.isPlanned) return "Waiting for a worker to look into the tables and cut them into ranges.";
      return `Waiting for a worker to ${told.hasBegun ? "go on" : "begin"}, ${tables}.${still}`;
    case "running":
      return `${doing}, ${tables}${limitedBy === null ? "" : `, limited by ${PARTS[limitedBy]}`}.${still}`;
    case "throttled":
      return `${doing}, ${tables}, held back by ${PARTS.throttle}.${still}`;
    case "paused":
      return shards.held > 0
        ? `Pausing: ${count(shards.held, "range is", "ranges are")} being brought to a checkpoint, ${tables}.${still}`
        : `Paused, ${tables}.${still}`;
    case "failed":
      return `${count(shards.failed, "range stands", "ranges stand")} still, ${tables}. Nothing more happens until it is tried again.`;
    case "cancelled":
      return `Cancelled for good, ${tables}.`;
    case "complete":
      if (kind === "copy") return `All ${tableCount.total} tables are copied.`;
      return found === 0
        ? `All ${tableCount.total} tables are compared, and nothing differs.`
        : `All ${tableCount.total} tables are compared: ${count(found, "difference was", "differences were")} found.`;
  }
}

/** What pausing costs, or costs already: plain facts. Empty when there is nothing to pause any more. */
export function pauseCost(
  { state, shards, kind }: Pick<CopyView, "state" | "shards" | "kind">,
  cellsPerSecond: number | null,
  pausedSeconds: number | null,
): string[] {
  if (state === "complete" || state === "cancelled") return [];
  const work = kind === "copy" ? "copied" : "compared";
  const stopped = "Clients stay stopped for as long as it lasts, and nobody may start on either side.";
  const resume = `Nothing that was ${work} is lost or done again: each range goes on at its last checkpoint.`;
  if (state === "paused" || state === "failed") {
    const since =
      pausedSeconds === null
        ? []
        : [`It has stood still for ${duration(pausedSeconds)}; the end moves by as much.`];
    return [...since, stopped, resume];
  }
  const lanes = `It takes effect at the next checkpoint of each lane, as a rule within 2 seconds${shards.held === 0 ? "" : `; ${count(shards.held, "lane is", "lanes are")} at work`}.`;
  const speed =
    cellsPerSecond === null
      ? "Each minute of pause puts the end off by a minute."
      : `Each minute of pause puts the end off by a minute: ${groupDigits(`${cellsPerSecond * 60}`)} cells at the speed of now.`;
  return [lanes, speed, stopped, resume];
}

/** Why there is no estimate, given that there is none; null when none is needed. */
export function whyNoEstimate(state: CopyView["state"], isMoving: boolean): string | null {
  switch (state) {
    case "complete":
    case "cancelled":
      return null;
    case "paused":
      return "It is paused.";
    case "failed":
      return "It stands still.";
    case "waiting":
      return "No worker is at work on it.";
    case "running":
    case "throttled":
      return isMoving
        ? "Too little is done to say: three ranges, or a twentieth of the whole."
        : "Nothing has moved lately.";
  }
}

function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3_600)} hours`;
}
