import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { orderFault, sandboxConfiguration } from "#lib/rehearsal/schema.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";
import { longFromString } from "#lib/timestamps/long.ts";

const count = z
  .bigint()
  .transform((value) => BigInt.asIntN(53, value))
  .pipe(z.coerce.number<bigint>().int());

const serviceState = z.strictObject({
  configuration: sandboxConfiguration,
  running: z.boolean(),
  issued: z.strictObject({
    count,
    highest: longFromString.nullable(),
    faultCount: count,
    faults: z.array(orderFault),
  }),
});
const sandboxState = z.strictObject({
  seeded: z.array(z.string()),
  ports: z.array(count),
  passwords: z.record(z.string(), z.string()),
  services: z.record(z.string(), serviceState),
});

/** What the sandbox remembers between two starts: which stores are ready, their passwords, and how each service was left. */
export type SandboxState = z.output<typeof sandboxState>;

const FILE = "sandbox.json";
const EMPTY: SandboxState = { seeded: [], ports: [], passwords: {}, services: {} };

/** The state kept in `folder`; an empty one where there is none. @throws ZodError or SyntaxError when the file is damaged */
export function loadState(folder: string): SandboxState {
  const text = readIfThere(path.join(folder, FILE));
  return text === null ? EMPTY : sandboxState.parse(parseJson(text));
}

/** Replaces the kept state as a whole; only its own user can read it. */
export function saveState(folder: string, state: SandboxState): void {
  writePrivately(path.join(folder, FILE), canonicalJson(state));
}

/** Writes a file that only its own user can read, so that a reader sees the old text or the new one, never a part. */
export function writePrivately(file: string, text: string): void {
  const beside = `${file}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, file);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
