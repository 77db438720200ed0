import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type Child, superviseChild } from "#lib/processes/child.ts";
import { stopChildren } from "#lib/processes/stop-children.ts";

let folder: string;
const begun: Child[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-child-"));
});
afterEach(async () => {
  for (const child of begun.splice(0)) child.kill();
  await rm(folder, { recursive: true });
});

/** Ends at once when it gets a signal, and after a while when the launcher asks. */
const SLOW = `
process.send({ type: "ready" });
process.on("SIGTERM", () => process.exit(0));
process.on("message", () => setTimeout(() => process.exit(0), 1500));
process.on("disconnect", () => process.exit(1));
`;

async function begin(name: string, restarts: string[]): Promise<Child> {
  const script = path.join(folder, `${name}.mjs`);
  await writeFile(script, SLOW);
  const { child } = await superviseChild({
    name,
    script,
    cwd: folder,
    env: process.env,
    onLine: () => undefined,
    onRestart: (why) => void restarts.push(`${name} ${why}`),
  });
  begun.push(child);
  return child;
}

describe("a child process", () => {
  test("that ends by itself is started again", async () => {
    const restarts: string[] = [];
    const child = await begin("worker", restarts);
    const before = child.pid();
    process.kill(before ?? 0, "SIGTERM");
    await expect.poll(() => child.pid() !== before, { timeout: 60_000 }).toBe(true);
    expect(restarts).toEqual(["worker 0"]);
  });

  test("that a signal to the whole group ends before its turn is not started again", async () => {
    const restarts: string[] = [];
    const [worker, sandbox] = [await begin("worker", restarts), await begin("sandbox", restarts)];
    const before = sandbox.pid();
    // It may be gone before the launcher hears of the signal itself.
    process.kill(before ?? 0, "SIGTERM");
    await expect.poll(() => isAlive(before ?? 0), { timeout: 60_000, interval: 5 }).toBe(false);
    await stopChildren([worker, sandbox]);
    expect(restarts).toEqual([]);
    expect(sandbox.pid()).toBe(before);
    expect(isAlive(worker.pid() ?? 0)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
