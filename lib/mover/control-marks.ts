import type { RunControl } from "#lib/mover/ledger.ts";

/** What is written down when somebody asked something of a run. */
export type ControlMark = {
  readonly kind: "paused" | "resumed" | "throttled" | "lanes" | "retried" | "cancelled";
  readonly text: string;
};

/** What changed from one wish to the next, in words, one mark for each thing; none when nothing did. */
export function controlMarks(
  before: RunControl,
  after: RunControl,
  retryFailed: boolean,
): readonly ControlMark[] {
  const marks: ControlMark[] = [];
  if (before.wanted !== after.wanted) marks.push(WANTED[after.wanted]);
  const isThrottleSame =
    before.cellsPerSecondMax === after.cellsPerSecondMax &&
    before.bytesPerSecondMax === after.bytesPerSecondMax;
  if (!isThrottleSame) marks.push({ kind: "throttled", text: throttleWords(after) });
  if (before.lanes !== after.lanes)
    marks.push({ kind: "lanes", text: `${after.lanes} lanes instead of ${before.lanes}.` });
  if (retryFailed) marks.push({ kind: "retried", text: "What stood still is tried again." });
  return marks;
}

const WANTED: Readonly<Record<RunControl["wanted"], ControlMark>> = {
  run: { kind: "resumed", text: "Resumed." },
  pause: { kind: "paused", text: "Paused." },
  cancel: { kind: "cancelled", text: "Cancelled for good." },
};

function throttleWords({ cellsPerSecondMax: cells, bytesPerSecondMax: bytes }: RunControl): string {
  if (cells === null && bytes === null) return "No limit any more.";
  const limits = [
    ...(cells === null ? [] : [`${cells} cells a second`]),
    ...(bytes === null ? [] : [`${bytes} bytes a second`]),
  ];
  return `At most ${limits.join(" and ")}.`;
}
