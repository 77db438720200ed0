import { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { copyCommand, type CopySurroundings } from "#lib/processes/copy-command.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** One line of `--json`, its longs as they stand there. */
export type Line = Readonly<Record<string, unknown>>;

/** What the command line gives to a copy, without a terminal and without anybody who stops it. */
export function surroundings(folder: string, more: Partial<CopySurroundings> = {}): CopySurroundings {
  return {
    env: {},
    cwd: folder,
    dataDir: folder,
    out: () => undefined,
    accompany: () => undefined,
    ask: null,
    signal: new AbortController().signal,
    pause: new PauseSwitch(),
    ...more,
  };
}

/** Runs a copy command in this process with `--json`, and gives its exit code, its lines and the last one. */
export async function copyAsJson(
  folder: string,
  argv: readonly string[],
  more: Partial<CopySurroundings> = {},
): Promise<{ readonly code: number; readonly lines: readonly Line[]; readonly result: Line }> {
  const lines: Line[] = [];
  const out = (line: string) => {
    lines.push(parseJson(line) as Line);
    more.out?.(line);
  };
  const code = await copyCommand([...argv, "--json"], surroundings(folder, { ...more, out }));
  return { code, lines, result: lines.at(-1) ?? {} };
}

/** Lines of one type. */
export function isOf(type: string): (line: Line) => boolean {
  return (line) => line["type"] === type;
}
