import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

import { z } from "zod";

import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";
import { longFromString } from "#lib/timestamps/long.ts";

/** A learned value: its Paxos round, the bound and the proposer. */
export type LearnedValue = { readonly round: bigint; readonly bound: bigint; readonly proposer: string };

/** What one node has on disk: the namespaces that it knows, with the newest learned value of each. */
export type NodeRecords = ReadonlyMap<string, LearnedValue | null>;

/** The disks of all nodes. `save` returns only when what it was given would survive a crash of the machine. */
export type BoundJournal = { load(): readonly NodeRecords[]; save(nodes: readonly NodeRecords[]): void };

const savedSchema = z.array(
  z.array(
    z.strictObject({
      namespace: z.string(),
      value: z
        .strictObject({ round: longFromString, bound: longFromString, proposer: z.string() })
        .nullable(),
    }),
  ),
);

/** Keeps nothing beyond the process. */
export function memoryJournal(): BoundJournal {
  let saved: readonly NodeRecords[] = [];
  return {
    load: () => saved,
    save: (nodes) => {
      saved = nodes.map((records) => new Map(records));
    },
  };
}

/** Keeps the bounds in one file, replaced whole: written beside it, flushed, renamed over it, and the folder flushed. */
export function fileJournal(path: string): BoundJournal {
  return {
    load: () => {
      const text = readIfThere(path);
      if (text === null) return [];
      return savedSchema
        .parse(parseJson(text))
        .map((node) => new Map(node.map(({ namespace, value }) => [namespace, value])));
    },
    save: (nodes) => {
      const text = canonicalJson(
        nodes.map((records) => Array.from(records, ([namespace, value]) => ({ namespace, value }))),
      );
      mkdirSync(dirname(path), { recursive: true });
      const beside = `${path}.new`;
      const file = openSync(beside, "w", 0o600);
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(beside, path);
      flushFolder(dirname(path));
    },
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
