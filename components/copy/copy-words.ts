import type { State } from "#components/ui/state-mark.tsx";
import type { CopyPart, CopyStateWord, CopyView } from "#lib/mover/copy-view.ts";
import { groupDigits } from "#lib/timestamps/long.ts";

/** How a run stands, in the five states of the product. */
export const COPY_STATE_LOOKS: Record<
  CopyStateWord,
  { readonly state: State | null; readonly word: string }
> = {
  waiting: { state: "running", word: "waiting for a worker" },
  running: { state: "running", word: "running" },
  throttled: { state: "running", word: "throttled" },
  paused: { state: "warning", word: "paused" },
  failed: { state: "blocked", word: "stands still" },
  complete: { state: "pass", word: "complete" },
  cancelled: { state: "warning", word: "cancelled" },
};

/** What a lane can wait for, as on the page. */
export const PART_WORDS: Record<CopyPart | "retry", string> = {
  source: "source",
  filter: "Lockstep",
  destination: "destination",
  throttle: "your limit",
  retry: "retry",
};

/** "1 048 576": whole numbers with thin spaces. */
export function countWords(count: number): string {
  return groupDigits(`${count}`);
}

/** "5.8 M": an axis or an estimate, where all digits would only be false exactness. */
export function shortCount(value: number): string {
  if (value >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  return value >= 1000 ? `${trimmed(value / 1000)} k` : trimmed(value);
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** "3.4 GB", by thousands; three digits at most, so that a column of them can be compared. */
export function bytesWords(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "40 s", "12 min", "3 h 20 min", "2 d 4 h": two units at most. */
export function spanWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < DAY) return twoUnits(whole, HOUR, "h", MINUTE, "min");
  return twoUnits(whole, DAY, "d", HOUR, "h");
}

function twoUnits(seconds: number, big: number, bigWord: string, small: number, smallWord: string): string {
  const rest = Math.floor((seconds % big) / small);
  const first = `${Math.floor(seconds / big)} ${bigWord}`;
  return rest === 0 ? first : `${first} ${rest} ${smallWord}`;
}

/** A range of seconds: "12 to 18 min", "about 12 min", "under 10 s". */
export function rangeWords({ from, to }: { readonly from: number; readonly to: number }): string {
  if (to < 10) return "under 10 s";
  const [least, most] = [spanWords(from), spanWords(to)];
  if (least === most) return `about ${most}`;
  const [amount, unit, ...more] = least.split(" ");
  const isShort = more.length === 0 && most.split(" ").length === 2 && most.endsWith(` ${unit ?? ""}`);
  return `${isShort ? (amount ?? least) : least} to ${most}`;
}

/** When it may end, and why that is not known where it is not; null when it has ended. */
export function etaWords({ eta, etaUnknownBecause, state }: CopyView): string | null {
  if (state === "complete" || state === "cancelled") return null;
  return eta === null ? (etaUnknownBecause ?? "not known yet") : rangeWords(eta);
}

/** Of a hundred, never a full hundred before all is done, and never nothing once something is. */
export function percentOf({ done, total }: { readonly done: number; readonly total: number }): number {
  if (total === 0) return 100;
  if (done >= total) return 100;
  return done === 0 ? 0 : Math.min(99, Math.max(1, Math.floor((100 * done) / total)));
}

/** What the run does, as a verb: "Copy", "Compare". */
export function kindWords(kind: CopyView["kind"]): {
  readonly noun: string;
  readonly done: string;
  readonly cells: string;
} {
  return kind === "copy"
    ? { noun: "copy", done: "copied", cells: "Cells copied" }
    : { noun: "comparison", done: "compared", cells: "Cells compared" };
}

/** A range of seconds as the assessment has it. */
export function secondsWords({ least, most }: { readonly least: number; readonly most: number }): string {
  return rangeWords({ from: least, to: most });
}
