import type { Child } from "#lib/processes/child.ts";

const WEB_DRAIN_MS = 12_000;
const WORKER_DRAIN_MS = 22_000;
const SANDBOX_STOP_MS = 5_000;

/** Ends web and worker in order, and then the sandbox, which the worker may still need. None of them is started again from now on. */
export async function stopChildren(children: readonly Child[]): Promise<void> {
  for (const child of children) child.letEnd();
  const stopped = async (name: string, limitMs: number) =>
    children.find((child) => child.name === name)?.stop(limitMs);
  await Promise.all([stopped("web", WEB_DRAIN_MS), stopped("worker", WORKER_DRAIN_MS)]);
  await stopped("sandbox", SANDBOX_STOP_MS);
}
