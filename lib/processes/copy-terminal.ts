import path from "node:path";
import { createInterface } from "node:readline/promises";
import { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { copyCommand } from "#lib/processes/copy-command.ts";

/** What a shell gives a process that its user interrupted. */
const EXIT_FORCED = 130;

/**
 * Runs `copy` on this process's terminal and answers with the exit code. The first signal asks it to stop at the next checkpoint, the second
 * ends the process; SIGUSR2 pauses it, and again goes on. Files are looked for where npm was called, because npm itself goes to the project's folder.
 */
export async function copyOnTerminal(argv: readonly string[], root: string): Promise<number> {
  const interrupted = new AbortController();
  const accompany = (line: string) => void process.stderr.write(`${line}\n`);
  const stop = () => {
    if (interrupted.signal.aborted) process.exit(EXIT_FORCED);
    interrupted.abort();
    accompany("Stopping at the next checkpoint. Once more ends the process at once; both are safe.");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const pause = new PauseSwitch();
  process.on("SIGUSR2", () => pause.toggle());
  // Who closes the pipe has seen enough; the copy goes on, and its record tells how it ended.
  process.stdout.on("error", () => undefined);
  return copyCommand(argv, {
    env: process.env,
    cwd: process.env["INIT_CWD"] ?? process.cwd(),
    dataDir: path.join(root, ".lockstep"),
    out: (line) => void process.stdout.write(`${line}\n`),
    accompany,
    ask:
      process.stdin.isTTY && process.stdout.isTTY
        ? async (question) => ask(question, interrupted.signal)
        : null,
    signal: interrupted.signal,
    pause,
  });
}

/** An interruption at the question is a no. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  terminal.on("SIGINT", () => void process.kill(process.pid, "SIGINT"));
  try {
    return await terminal.question(question, { signal }).catch(() => "");
  } finally {
    terminal.close();
  }
}
