import type { CopyPart, CopyView } from "#lib/mover/copy-view.ts";

/** What the chart can show. */
export const MEASURES = [
  { id: "cells", label: "Cells" },
  { id: "bytes", label: "Bytes" },
] as const;
export type Measure = (typeof MEASURES)[number]["id"];

/** One stretch of the run in percent of the chart, with its rates; `y` counts from the top. */
export interface ChartPoint {
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly atMs: number;
  readonly cells: number;
  readonly bytes: number;
  readonly lanes: number;
  readonly limitedBy: CopyPart | null;
}

/** What happened at a moment, in percent of the chart's width. */
export interface ChartMark {
  readonly x: number;
  readonly at: string;
  readonly kind: CopyView["marks"][number]["kind"];
  readonly text: string;
  readonly by: string | null;
}

export interface Chart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: readonly ChartPoint[];
  readonly marks: readonly ChartMark[];
  readonly pauses: readonly { readonly x: number; readonly width: number }[];
  readonly grid: readonly { readonly value: number; readonly y: number }[];
  readonly average: number;
  readonly highest: number;
  readonly errorCount: number;
}

/** Beginning and end of a run say nothing that the axis does not. */
const NOT_MARKED = new Set<ChartMark["kind"]>(["began", "ended"]);

/** The chart of a run; null before anything moved. Stretches in which nothing was told stay empty: nothing is drawn between. */
export function chartOf(view: CopyView, measure: Measure): Chart | null {
  const points = view.points.map((point) => ({
    atMs: Date.parse(point.at),
    endMs: Date.parse(point.at) + Math.max(1, point.seconds) * 1000,
    cells: point.cellsPerSecond,
    bytes: point.bytesPerSecond,
    lanes: point.lanes,
    limitedBy: point.limitedBy,
  }));
  const [first] = points;
  if (first === undefined) return null;
  const fromMs = Math.min(first.atMs, ...(view.startedAt === null ? [] : [Date.parse(view.startedAt)]));
  const ends = points.map(({ endMs }) => endMs);
  const endMs = view.endedAt === null ? Date.parse(view.readAt) : Date.parse(view.endedAt);
  const toMs = Math.max(endMs, ...ends, fromMs + 1000);
  const at = (ms: number) => Math.min(100, Math.max(0, (100 * (ms - fromMs)) / (toMs - fromMs)));
  const valueOf = (point: (typeof points)[number]) => (measure === "cells" ? point.cells : point.bytes);
  const highest = Math.max(...points.map(valueOf));
  if (highest === 0) return null;
  const top = topOf(highest);
  const worked = points.filter((point) => valueOf(point) > 0);
  const workedMs = sum(worked.map((point) => point.endMs - point.atMs));
  const done = sum(worked.map((point) => valueOf(point) * (point.endMs - point.atMs)));
  return {
    fromMs,
    toMs,
    points: points.map((point) => ({
      ...point,
      x: at(point.atMs),
      width: at(point.endMs) - at(point.atMs),
      y: 100 - (100 * valueOf(point)) / top,
    })),
    marks: view.marks
      .filter(({ kind }) => !NOT_MARKED.has(kind))
      .map((mark) => ({ ...mark, x: at(Date.parse(mark.at)) })),
    pauses: pausesOf(view.marks, endMs).map(([from, to]) => ({ x: at(from), width: at(to) - at(from) })),
    grid: [0, 0.5, 1].map((part) => ({ value: part * top, y: 100 - part * 100 })),
    average: workedMs === 0 ? 0 : done / workedMs,
    highest,
    errorCount: view.marks.filter(({ kind }) => kind === "error").length,
  };
}

/** From each pause to what ended it; one that nothing ended yet goes on. */
function pausesOf(marks: CopyView["marks"], endMs: number): readonly (readonly [number, number])[] {
  const pauses: [number, number][] = [];
  let since: number | null = null;
  for (const { kind, at } of marks) {
    if (kind === "paused") since ??= Date.parse(at);
    if ((kind === "resumed" || kind === "cancelled" || kind === "ended") && since !== null) {
      pauses.push([since, Date.parse(at)]);
      since = null;
    }
  }
  if (since !== null) pauses.push([since, endMs]);
  return pauses;
}

/** The next 1, 2 or 5 with zeros. */
function topOf(highest: number): number {
  if (highest <= 0) return 1;
  const zeros = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5, 10].find((digit) => digit * zeros >= highest) ?? 10) * zeros;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

/** Steps along the tops of the points; `filled` closes each unbroken stretch at the bottom. */
export function areaPath(points: readonly ChartPoint[], filled: boolean): string {
  const parts: string[] = [];
  let end: number | null = null;
  for (const { x, width, y } of points) {
    const joined = end !== null && Math.abs(end - x) < 0.05;
    if (!joined && end !== null && filled) parts.push(`L${round(end)} 100Z`);
    if (joined) parts.push(`L${round(x)} ${round(y)}`);
    else parts.push(filled ? `M${round(x)} 100L${round(x)} ${round(y)}` : `M${round(x)} ${round(y)}`);
    end = x + width;
    parts.push(`L${round(end)} ${round(y)}`);
  }
  if (end !== null && filled) parts.push(`L${round(end)} 100Z`);
  return parts.join("");
}

function round(value: number): string {
  return value.toFixed(2);
}
