import type { CopyPart, RatePoint } from "#lib/mover/copy-view.ts";
import { largestPart } from "#lib/mover/run-metrics.ts";

/** What all workers did in one stretch of a run; `second` counts from its start. */
export type Stretch = {
  readonly second: number;
  readonly lanes: number;
  readonly versions: number;
  readonly cells: number;
  readonly bytes: number;
  readonly bytesRead: number;
  readonly ms: Readonly<Record<CopyPart, number>>;
};

const POINTS_MAX = 300;
/** What "lately" is, in seconds, and the least that a rate is taken over. */
const LATELY_SECONDS = 30;

/** How long the row that begins at this second of a run stands for. Source: `keepPart` in lib/mover/console-metrics.ts */
export function widthAt(second: number): number {
  if (second < 600) return 2;
  if (second < 3_600) return 10;
  return second < 21_600 ? 60 : 300;
}

/** Rates over the whole run, at most 300 points of one length each; a stretch in which nothing was done is a point of zeros. */
export function ratePoints(
  stretches: readonly Stretch[],
  startedAt: Date,
  elapsedSeconds: number,
): readonly RatePoint[] {
  const widest = stretches.reduce((widest, { second }) => Math.max(widest, widthAt(second)), 2);
  const step = Math.max(widest, Math.ceil(elapsedSeconds / POINTS_MAX / widest) * widest);
  const count = Math.min(POINTS_MAX, Math.max(1, Math.ceil(elapsedSeconds / step)));
  const sums = Array.from({ length: count }, (): Stretch[] => []);
  for (const stretch of stretches)
    sums[Math.min(count - 1, Math.floor(stretch.second / step))]?.push(stretch);
  return sums.map((within, index) => {
    // What is going on is still shorter than the others.
    const seconds = Math.max(1, Math.min(step, elapsedSeconds - index * step));
    return pointOf(within, new Date(startedAt.getTime() + index * step * 1_000), seconds);
  });
}

function pointOf(within: readonly Stretch[], at: Date, seconds: number): RatePoint {
  const a = sumOf(within);
  const perSecond = (value: number) => Math.round(value / seconds);
  return {
    at: at.toISOString(),
    seconds: Math.round(seconds),
    versionsPerSecond: perSecond(a.versions),
    cellsPerSecond: perSecond(a.cells),
    bytesPerSecond: perSecond(a.bytes),
    bytesReadPerSecond: perSecond(a.bytesRead),
    lanes: a.lanes,
    limitedBy: largestPart(a.ms),
  };
}

/** What all lanes do now: rates and what they wait for, over about the last half minute. Null when nothing was done in it. */
export function lately(
  stretches: readonly Stretch[],
  elapsedSeconds: number,
): (Stretch & { readonly seconds: number; readonly shares: Readonly<Record<CopyPart, number>> }) | null {
  const recent = stretches.filter(({ second }) => second + widthAt(second) > elapsedSeconds - LATELY_SECONDS);
  const sum = sumOf(recent);
  if (sum.cells === 0 && sum.versions === 0) return null;
  const seconds = Math.max(1, elapsedSeconds - sum.second);
  const total = sum.ms.source + sum.ms.filter + sum.ms.destination + sum.ms.throttle;
  const share = (ms: number) => (total === 0 ? 0 : Math.round((ms * 100) / total));
  const { source, filter, destination, throttle } = sum.ms;
  return {
    ...sum,
    seconds,
    shares: {
      source: share(source),
      filter: share(filter),
      destination: share(destination),
      throttle: share(throttle),
    },
  };
}

function sumOf(stretches: readonly Stretch[]): Stretch {
  const sum = {
    second: Infinity,
    lanes: 0,
    versions: 0,
    cells: 0,
    bytes: 0,
    bytesRead: 0,
    ms: { source: 0, filter: 0, destination: 0, throttle: 0 },
  };
  for (const one of stretches) {
    sum.second = Math.min(sum.second, one.second);
    sum.lanes = Math.max(sum.lanes, one.lanes);
    sum.versions += one.versions;
    sum.cells += one.cells;
    sum.bytes += one.bytes;
    sum.bytesRead += one.bytesRead;
    sum.ms.source += one.ms.source;
    sum.ms.filter += one.ms.filter;
    sum.ms.destination += one.ms.destination;
    sum.ms.throttle += one.ms.throttle;
  }
  return sum;
}
