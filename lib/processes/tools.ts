import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { AppError } from "#lib/errors.ts";

/** The environment of every tool and child process: ours, with everything that would call home switched off. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: "1",
    CHECKPOINT_DISABLE: "1",
    BETTER_AUTH_TELEMETRY: "0",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    npm_config_update_notifier: "false",
  };
}

/** The outcome of a tool: its exit code (null when a signal ended it) and what it printed. */
export type ToolOutcome = { readonly code: number | null; readonly output: string };

const OUTPUT_MAX = 2_000_000;

/** Runs a program without standard input and collects what it prints; `echo` also gets it line by line as it comes. */
export async function collect(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly echo?: (line: string) => void;
    readonly limitMs?: number;
  },
): Promise<ToolOutcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? toolEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.limitMs === undefined ? {} : { timeout: options.limitMs, killSignal: "SIGKILL" as const }),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        if (output.length < OUTPUT_MAX) output += chunk.toString();
      });
      if (options.echo !== undefined) createInterface({ input: stream }).on("line", options.echo);
    }
    child.once("error", (cause) => resolve({ code: 1, output: `${output}${cause.message}\n` }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Runs a script of node_modules with this Node. @throws AppError with the tool's last words when it fails */
export async function runTool(
  root: string,
  script: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly failure: string },
): Promise<void> {
  const file = path.join(root, "node_modules", script);
  const { code, output } = await collect(process.execPath, [file, ...args], {
    cwd: root,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  if (code === 0) return;
  throw new AppError(
    "unavailable",
    `${options.failure}:\n${output.trim().split("\n").slice(-30).join("\n")}`,
  );
}
