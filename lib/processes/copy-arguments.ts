import { availableParallelism } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import type { Rates } from "#lib/mover/throttle.ts";
import { TLS_MODES, type TlsMode } from "#lib/stores/schema.ts";

/** What `copy` can be asked to do, in the order in which `run` does it. */
export const COPY_STAGES = ["assess", "setup", "migrate", "validate", "run"] as const;
export type CopyStage = (typeof COPY_STAGES)[number];

/** How one side was named on the command line. Files are absolute paths; `password` comes from the environment. */
export type SideArguments = {
  readonly which: "source" | "destination";
  /** A file's path, or a URL. */
  readonly place: string;
  readonly runtime: string | null;
  readonly root: string | null;
  readonly tls: TlsMode | null;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly dataCentre: string | null;
  readonly password: string | null;
};

/** A command as it was given, checked. `tables` null: all; `stateDir` null: one that the two sides name. */
export type CopyArguments = {
  readonly stage: CopyStage;
  readonly source: SideArguments;
  readonly destination: SideArguments;
  readonly tables: readonly string[] | null;
  readonly lanes: number;
  /** A limit for all lanes together. */
  readonly rates: Rates;
  readonly stateDir: string | null;
  /** Findings that a person declares to be fine. */
  readonly accepted: readonly string[];
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
};

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const OPTIONS = {
  source: text,
  destination: text,
  "source-runtime": text,
  "destination-runtime": text,
  "config-root": text,
  tables: { type: "string", multiple: true },
  lanes: text,
  "max-cells-per-second": text,
  "max-megabytes-per-second": text,
  "state-dir": text,
  "source-tls": text,
  "destination-tls": text,
  "source-ca": text,
  "destination-ca": text,
  "source-cert": text,
  "destination-cert": text,
  "source-key": text,
  "destination-key": text,
  "source-data-centre": text,
  "destination-data-centre": text,
  accept: { type: "string", multiple: true },
  json: flag,
  yes: flag,
  help: flag,
} as const;

const LANES_MAX = 64;
const LANES_DEFAULT_MAX = 8;

const MEGABYTE = 1_000_000;
const LIMIT_MAX = 1_000_000_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads what stands behind `copy`. `help` when the manual was asked for, or nothing at all. Relative paths start at `cwd`.
 * @throws AppError `invalid` with one sentence for the first thing that is wrong
 */
export function readCopyArguments(
  argv: readonly string[],
  env: Environment,
  cwd: string,
): CopyArguments | "help" {
  const { values, positionals } = parse(argv);
  const [name, ...rest] = positionals;
  if (values.help || name === undefined || name === "help") return "help";
  const stage = COPY_STAGES.find((one) => one === name);
  if (stage === undefined) throw wrong(`There is no copy ${name}: it is one of ${COPY_STAGES.join(", ")}`);
  if (rest[0] !== undefined) throw wrong(`${rest[0]} belongs to no option`);
  const side = (which: "source" | "destination") => readSideArguments(which, values, env, cwd);
  return {
    stage,
    source: side("source"),
    destination: side("destination"),
    tables: readTables(values.tables),
    lanes: readLanes(values.lanes),
    rates: {
      cellsPerSecond: readLimit("max-cells-per-second", values["max-cells-per-second"], 1),
      bytesPerSecond: readLimit("max-megabytes-per-second", values["max-megabytes-per-second"], MEGABYTE),
    },
    stateDir: values["state-dir"] === undefined ? null : path.resolve(cwd, values["state-dir"]),
    accepted: values.accept ?? [],
    isJson: values.json,
    isConfirmed: values.yes,
  };
}

type Values = ReturnType<typeof parse>["values"];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : "";
    throw wrong(what ?? "", cause);
  }
}

function wrong(sentence: string, cause?: unknown): AppError {
  return new AppError(
    "invalid",
    `${sentence}. Nothing was read or changed. See npm run -s lockstep -- copy --help.`,
    { cause },
  );
}

function readSideArguments(
  which: "source" | "destination",
  values: Values,
  env: Environment,
  cwd: string,
): SideArguments {
  const place = values[which];
  if (place === undefined || place === "") throw wrong(`copy needs --${which} FILE or URL`);
  const isUrl = isSideUrl(place);
  const runtime = values[`${which}-runtime`] ?? null;
  if (isUrl && runtime !== null)
    throw wrong(
      `--${which}-runtime belongs to a file; what it says is part of a URL (timelock=, namespace=)`,
    );
  const file = (option: "ca" | "cert" | "key") => {
    const named = values[`${which}-${option}`];
    return named === undefined ? null : path.resolve(cwd, named);
  };
  return {
    which,
    place: isUrl ? place : path.resolve(cwd, place),
    runtime: runtime === null ? null : path.resolve(cwd, runtime),
    root: readRoot(values["config-root"]),
    tls: readTls(which, values[`${which}-tls`]),
    ca: file("ca"),
    cert: file("cert"),
    key: file("key"),
    dataCentre: values[`${which}-data-centre`] ?? null,
    password: env[`LOCKSTEP_${which.toUpperCase()}_PASSWORD`] ?? null,
  };
}

/** Whether a side is named by a URL rather than by a file. */
export function isSideUrl(place: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(place);
}

/** AtlasDB's own tools want a leading slash; with or without it the same is meant. */
function readRoot(root: string | undefined): string | null {
  if (root === undefined) return null;
  return root.startsWith("/") || root === "" ? root : `/${root}`;
}

function readTls(which: string, mode: string | undefined): TlsMode | null {
  if (mode === undefined) return null;
  const known = TLS_MODES.find((one) => one === mode);
  if (known === undefined) throw wrong(`--${which}-tls ${mode} is none of ${TLS_MODES.join(", ")}`);
  return known;
}

function readTables(lists: readonly string[] | undefined): readonly string[] | null {
  if (lists === undefined) return null;
  const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim());
  if (names.some((name) => name === "")) throw wrong("--tables holds an empty name");
  return [...new Set(names)].toSorted();
}

function readLanes(given: string | undefined): number {
  if (given === undefined) return Math.max(2, Math.min(LANES_DEFAULT_MAX, availableParallelism()));
  const lanes = z.coerce.number().int().min(1).max(LANES_MAX).safeParse(given);
  if (!lanes.success) throw wrong(`--lanes ${given} is no number from 1 to ${LANES_MAX}`);
  return lanes.data;
}

/** A limit a second, in whole steps of `unit`; null where none is given. */
function readLimit(option: string, given: string | undefined, unit: number): number | null {
  if (given === undefined) return null;
  const limit = z.coerce
    .number()
    .min(1 / unit)
    .max(LIMIT_MAX)
    .safeParse(given);
  if (!limit.success) throw wrong(`--${option} ${given} is no number above 0 and up to ${LIMIT_MAX}`);
  return Math.max(1, Math.round(limit.data * unit));
}
