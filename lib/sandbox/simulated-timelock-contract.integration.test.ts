import { startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { timelockConfigSchema } from "#lib/timelock/schema.ts";
import { timelockContract } from "#lib/timelock/timelock-contract.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const VARIANTS = [
  { leaderMode: "single", basePath: "" },
  { leaderMode: "per-namespace", basePath: "/timelock/api" },
] as const;

for (const { leaderMode, basePath } of VARIANTS) {
  timelockContract(`the HTTP client, ${leaderMode} leader, base path "${basePath}"`, async () => {
    const cluster = await startSimulatedTimelock({
      leaderMode,
      basePath,
      electionMs: 30,
      leaderCacheMs: 50,
      quorumWaitMs: 30,
    });
    const config = timelockConfigSchema.parse({
      nodes: cluster.urls.map((url) => ({ url })),
      basePath,
      timeouts: { connectMs: 1_000, answerMs: 2_000, searchMs: 600 },
    });
    return {
      timelock: createHttpTimelock(config),
      loseNextFastForwardAnswer: () => cluster.failNextFastForward("answer-lost"),
      changeLeader: async (namespace) => {
        const leader = cluster.leader(namespace) ?? 0;
        await cluster.stopNode(leader);
        await cluster.startNode(leader);
      },
      loseQuorum: () => cluster.loseQuorum(),
      regainQuorum: () => cluster.regainQuorum(),
      poison: async (namespace) => {
        const leader = cluster.urls[cluster.leader(namespace) ?? 0];
        const path = `${basePath}/${namespace}/timestamp-management/fast-forward?currentTimestamp=${LONG_MAX}`;
        await fetch(`${leader}${path}`, { method: "POST" });
      },
      close: () => cluster.close(),
    };
  });
}
