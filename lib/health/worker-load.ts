import { monitorEventLoopDelay } from "node:perf_hooks";

import type { WorkerLoad } from "#lib/health/worker-heartbeat.ts";

/** How often the loop is looked at, in milliseconds; what is measured has it in it. */
const LOOK_EVERY_MS = 20;

/** Measures this process from now on; each call tells about the time since the one before. `lanes` counts the ranges that it holds. */
export function measureLoad(lanes: () => number): () => WorkerLoad {
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delay.enable();
  let before = process.cpuUsage();
  let since = performance.now();
  return () => {
    const used = process.cpuUsage(before);
    const now = performance.now();
    const cpuPercent = Math.round((used.user + used.system) / 10 / Math.max(1, now - since));
    const loopLagMs = Math.max(0, Math.round(delay.max / 1e6 - LOOK_EVERY_MS));
    before = process.cpuUsage();
    since = now;
    delay.reset();
    return { cpuPercent, rssBytes: process.memoryUsage.rss(), loopLagMs, lanes: lanes() };
  };
}
