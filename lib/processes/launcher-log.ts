import { appendFile, rename, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { cutSecrets } from "#lib/log.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const FILE_BYTES_MAX = 10_000_000;
const entry = z.object({
  level: z.string().optional(),
  part: z.string().optional(),
  msg: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
});

/** Keeps what child processes print, and shows the person what needs a look. */
export interface LauncherLog {
  line(name: string, text: string): void;
  flush(): Promise<void>;
}

/**
 * Appends lines to `<folder>/<process>.log` (at most 10 MB, then one older file is kept) and shows warnings and errors, one
 * line each. `show` gets everything in development.
 */
export function openLauncherLog(
  folder: string,
  isEverythingShown: boolean,
  show: (line: string) => void,
): LauncherLog {
  let queue: Promise<void> = Promise.resolve();
  return {
    line: (name, text) => {
      const kept = cutSecrets(text);
      const shown = describe(name, kept, isEverythingShown);
      if (shown !== null) show(shown);
      queue = queue.then(async () => append(path.join(folder, `${name}.log`), kept)).catch(() => {});
    },
    flush: async () => queue,
  };
}

async function append(file: string, line: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > FILE_BYTES_MAX) await rename(file, `${file}.1`);
  await appendFile(file, `${line}\n`, { mode: 0o600 });
}

/** One line for the terminal, or null for what need not be seen there. */
export function describe(name: string, text: string, isEverythingShown: boolean): string | null {
  const parsed = readEntry(text);
  if (parsed === null) return isEverythingShown ? `${name}: ${text}` : null;
  const isLoud = parsed.level === "warn" || parsed.level === "error" || parsed.level === "fatal";
  if (!isLoud && !isEverythingShown) return null;
  const because = parsed.err === undefined ? "" : `: ${parsed.err.message}`;
  return `${parsed.part ?? name} ${parsed.level ?? "says"}: ${parsed.msg ?? ""}${because}`;
}

function readEntry(text: string): z.infer<typeof entry> | null {
  if (!text.startsWith("{")) return null;
  try {
    return entry.safeParse(parseJson(text)).data ?? null;
  } catch {
    return null;
  }
}
