import type {
  CopyCounts,
  CopyEvent,
  CopyResult,
  OnCopyEvent,
  SecondsRange,
} from "#lib/processes/copy-events.ts";
import { groupDigits } from "#lib/timestamps/long.ts";

/** Where lines go: results to standard output, what only accompanies them to standard error. */
export type CopyStreams = {
  readonly out: (line: string) => void;
  readonly accompany: (line: string) => void;
};

/** Milliseconds between two lines of progress for the eye, where every second would be too much. */
const PROGRESS_EVERY_MS = 5_000;

/** Differences shown one by one; all that are kept stand in the state folder. */
const DIFFERENCES_SHOWN = 20;

/** Writes one JSON object a line, the type first. */
export function jsonOutput({ out }: CopyStreams): OnCopyEvent {
  return (event) => out(JSON.stringify(event));
}

/** Writes for the eye. `now` in milliseconds. */
export function plainOutput(streams: CopyStreams, now: () => number = () => performance.now()): OnCopyEvent {
  let progressAt = -PROGRESS_EVERY_MS;
  let differences = 0;
  return (event) => {
    switch (event.type) {
      case "progress":
        if (now() - progressAt < PROGRESS_EVERY_MS && event.shardsDone < event.shards) return;
        progressAt = now();
        streams.accompany(progressWords(event));
        return;
      case "retry":
        streams.accompany(`  ${event.table}: ${event.message} Trying again in ${seconds(event.delayMs)}.`);
        return;
      case "failed":
        streams.accompany(`  ${event.table} stands still: ${event.message}`);
        return;
      case "difference":
        differences += 1;
        if (differences <= DIFFERENCES_SHOWN) streams.out(differenceWords(event));
        else if (differences === DIFFERENCES_SHOWN + 1)
          streams.out("  and more; they stand in the state folder.");
        return;
      default:
        for (const line of linesOf(event)) streams.out(line);
    }
  };
}

const FATES = {
  copied: "copied",
  "created-empty": "created empty",
  kept: "kept",
  dropped: "dropped",
  "left-out": "left out",
} as const;

const LEVELS = { pass: "ok      ", warning: "warning ", blocking: "BLOCKING", unknown: "UNKNOWN " } as const;

function linesOf(
  event: Exclude<CopyEvent, { readonly type: "progress" | "retry" | "failed" | "difference" }>,
): readonly string[] {
  switch (event.type) {
    case "note":
      return [event.message];
    case "stage":
      return event.state === "started"
        ? ["", `== ${event.stage}: ${event.message}`]
        : [`proven: ${event.message}`];
    case "finding":
      return findingLines(event);
    case "table":
      return [tableLine(event)];
    case "estimate":
      return [estimateLine(event)];
    case "table-difference":
      return [`  table ${event.name} ${event.problem}`];
    case "result":
      return resultLines(event);
  }
}

function findingLines(event: Extract<CopyEvent, { readonly type: "finding" }>): readonly string[] {
  const isFine = event.level === "pass";
  return [
    `  ${LEVELS[event.level]}  ${event.title}`,
    ...(event.detail === null || isFine ? [] : [`            ${event.detail}`]),
    ...(event.remedy === null ? [] : [`            What to do: ${event.remedy}`]),
    ...(event.accepts === null || isFine
      ? []
      : [`            Or declare "${event.accepts}" with --accept ${event.id}`]),
  ];
}

function tableLine({
  name,
  fate,
  reason,
  drops,
  versions,
  cells,
  bytes,
  seconds: duration,
}: Extract<CopyEvent, { readonly type: "table" }>): string {
  const [what, amount] = fate === "copied" ? ["cells", cells] : ["versions", versions];
  const time = duration === null ? "" : `, ${rangeWords(duration)}`;
  const size =
    amount === null && bytes === null
      ? ""
      : ` (about ${amount === null ? "an unknown number of" : count(amount)} ${what}, ${bytes === null ? "size unknown" : bytesWords(bytes)}${time})`;
  const drop = drops && fate !== "dropped" ? ", the destination's own is dropped first" : "";
  return `  ${FATES[fate].padEnd(13)}  ${name}${size}${drop}. ${reason}`;
}

function estimateLine({
  tables,
  cells,
  bytes,
  seconds: duration,
}: Extract<CopyEvent, { readonly type: "estimate" }>) {
  const size = `${cells === null ? "an unknown number of" : `about ${count(cells)}`} cells, ${bytes === null ? "size unknown" : bytesWords(bytes)}`;
  const time =
    duration === null
      ? "How long copying takes is unknown."
      : `Copying takes ${rangeWords(duration)}, and comparing about as long.`;
  return `  In all ${count(tables)} tables to copy: ${size}. ${time}`;
}

function rangeWords({ least, most }: SecondsRange): string {
  const [from, to] = [durationWords(least), durationWords(most)];
  return from === to ? from : `${from} to ${to}`;
}

/** Whole steps of the unit that fits: nobody wants seconds of an hour. */
function durationWords(amount: number): string {
  if (amount < 100) return `${count(Math.max(1, amount))} s`;
  return amount < 6_000 ? `${count(amount / 60)} min` : `${count(amount / 3_600)} h`;
}

function resultLines(event: CopyResult): readonly string[] {
  const long = (name: string, value: string | null) => (value === null ? [] : [`${name} = ${value}`]);
  const chain = [...long("X", event.x), ...long("S", event.s), ...long("C", event.c)].join("   ");
  return [
    "",
    ...(event.failed === null ? [] : [`${event.failed} did not come to its end.`]),
    event.message,
    ...(event.counts === null ? [] : [`  ${countWords(event.counts)}`]),
    ...(chain === "" ? [] : [`  ${chain}`]),
    event.proven.length === 0 ? "Proven so far: nothing." : `Proven so far: ${event.proven.join(", ")}.`,
    ...(event.next === null ? [] : [`Next: ${event.next}`]),
    ...(event.stateDir === "" ? [] : [`State folder: ${event.stateDir}`]),
    `Took ${seconds(event.elapsedMs)}.`,
  ];
}

function progressWords(event: Extract<CopyEvent, { readonly type: "progress" }>): string {
  const cells = event.counts["cells"] ?? 0;
  const left = event.secondsLeft === null ? "" : `, ${rangeWords(event.secondsLeft)} left`;
  return `  ${event.stage}: ${count(event.shardsDone)} of ${count(event.shards)} ranges, ${count(cells)} cells, ${count(event.cellsPerSecond)} cells/s, ${seconds(event.elapsedMs)}${left}`;
}

function differenceWords({
  kind,
  table,
  row,
  column,
  timestamp,
  source,
  destination,
}: Extract<CopyEvent, { readonly type: "difference" }>): string {
  const values = [
    ...(source === null ? [] : [`source ${source.bytes} bytes ${source.head.slice(0, 64)}`]),
    ...(destination === null
      ? []
      : [`destination ${destination.bytes} bytes ${destination.head.slice(0, 64)} at ${timestamp}`]),
  ];
  return `  ${kind}: ${table} row ${row} column ${column}: ${values.join("; ")}`;
}

/** What is counted, in words; what is zero is left out, except the cells. */
const COUNT_WORDS = [
  ["cells", "cells"],
  ["versions", "versions read"],
  ["older", "older versions"],
  ["deleted", "deleted"],
  ["inProgress", "not committed"],
  ["aborted", "aborted"],
  ["later", "committed later"],
  ["sentinels", "sentinels"],
  ["differences", "differences"],
] as const;

function countWords(counts: CopyCounts): string {
  return COUNT_WORDS.flatMap(([name, words]) => {
    const value = counts[name] ?? 0;
    return value === 0 && name !== "cells" ? [] : [`${count(value)} ${words}`];
  }).join(", ");
}

function count(value: number): string {
  return groupDigits(String(Math.round(value))).replaceAll("\u2009", ",");
}

function bytesWords(bytes: number): string {
  if (bytes < 1_000_000) return `${count(Math.ceil(bytes / 1_000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
