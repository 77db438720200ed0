import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process under test, and what it has printed. */
export type FollowedProcess = {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when it has printed so many lines that are `line`, or has ended. */
  printed(line: string, times: number): Promise<void>;
  ended(): Promise<void>;
  /** `SIGKILL` also ends one that is stopped. */
  kill(): Promise<void>;
};

/** Runs a script with this Node. */
export function followProcess(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): FollowedProcess {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  let out = "";
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      out += data.toString();
      for (const listener of heard) listener();
    });
  }
  const exit = once(child, "exit");
  return {
    child,
    output: () => out,
    async printed(line, times) {
      const enough = new Promise<void>((resolve) => {
        const look = () => {
          if (out.split("\n").filter((one) => one === line).length >= times) resolve();
        };
        heard.add(look);
        look();
      });
      await Promise.race([enough, exit]);
    },
    async ended() {
      await exit;
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
