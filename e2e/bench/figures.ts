import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, totalmem } from "node:os";

/** What a figure has to reach; `most` where less is better. */
export type Target = { readonly least: number } | { readonly most: number };

/** One measured value. `subject` says what was worked on, `measure` what was looked at. */
export type Figure = {
  readonly part: string;
  readonly subject: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly target: Target | null;
};

/** The machine, and how its servers are set. */
export type Surroundings = Readonly<Record<string, string | number>>;

/** What can be told of the machine without looking far. */
export function describeMachine(): Surroundings {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${release()}`,
    node: process.version,
  };
}

/** Whether the target was reached; null without one. */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === null) return null;
  return "least" in target ? value >= target.least : value <= target.most;
}

/** A number as a person reads it: few digits, thousands set apart. */
export function readable(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

function targetWords(figure: Figure): string {
  const { target } = figure;
  if (target === null) return "";
  const words = "least" in target ? `at least ${readable(target.least)}` : `at most ${readable(target.most)}`;
  return `   (${words}: ${isMet(figure) === true ? "met" : "missed"})`;
}

/** One line for a figure. */
export function figureLine(figure: Figure): string {
  const { subject, measure, value, unit } = figure;
  return `  ${subject.padEnd(34)} ${measure.padEnd(46)} ${readable(value).padStart(11)} ${unit}${targetWords(figure)}`;
}

/** Writes everything of a run as one JSON object. */
export async function writeFigures(
  file: string,
  run: {
    readonly startedAt: string;
    readonly surroundings: Surroundings;
    readonly figures: readonly Figure[];
    readonly failures: readonly string[];
  },
): Promise<void> {
  const figures = run.figures.map((figure) => ({ ...figure, isMet: isMet(figure) }));
  await writeFile(file, `${JSON.stringify({ ...run, figures }, null, 2)}\n`);
}
