import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { timelockConfigSchema } from "#lib/timelock/schema.ts";
import { httpAnswer, startRawServer } from "#lib/timelock/testing-servers.ts";
import { type Recorded, recordedExchanges } from "#lib/timelock/testing-transcripts.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

const FILES = [
  ["transcripts-main", 98],
  ["transcripts-failover", 14],
  ["transcripts-restart", 9],
  ["real-client-embedded-to-timelock", 17],
] as const;
const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/** The call of the client that an exchange answers; `foreign` answers are of paths that the client never asks. */
const CALLS = [
  { call: "fresh", path: /^\/tl\/ts\// },
  { call: "legacyFresh", path: /\/fresh-timestamps/ },
  { call: "fastForward", path: /fast-?forward/i },
  { call: "leaderTime", path: /^\/tl\/lt\// },
  { call: "namespaces", path: /\/getNamespaces$/ },
  { call: "active", path: /\/getActiveNamespaces$/ },
  { call: "serverId", path: /\/getServerLifecycleId$/ },
  { call: "leads", path: /^\/leader\/pingV2$/ },
  { call: "ping", path: /\/ping$|\/no\/such\/path$/ },
  { call: "foreign", path: /./ },
] as const;
type Call = (typeof CALLS)[number]["call"];

const callOf = (exchange: Recorded): Call =>
  CALLS.find(({ path }) => path.test(exchange.target))?.call ?? "foreign";

async function outcomeOf(timelock: Timelock, call: Call): Promise<unknown> {
  try {
    switch (call) {
      case "fresh":
      case "legacyFresh":
      case "foreign": {
        const { first, last } = await timelock.freshTimestamps("golden", 10_000);
        return [first, last];
      }
      case "fastForward":
        return (await timelock.fastForward("golden", 1_000n)).to;
      case "ping":
        return (await timelock.ping("golden")).raw;
      case "leaderTime": {
        const { leaderId, time } = await timelock.leaderTime("golden");
        return [leaderId, time];
      }
      case "namespaces":
        return (await timelock.namespaces()).namespaces;
      case "active":
        return (await timelock.activeNamespaces()).namespaces;
      case "serverId":
        return (await timelock.serverIds()).map(({ outcome }) => outcome.ok && outcome.value)[0];
      case "leads":
        return (await timelock.health(null)).nodes.map(({ leads, version }) => [leads, version])[0];
    }
  } catch (error) {
    if (error instanceof AdapterError) return [error.code, error.effect];
    throw error;
  }
}

/** What the client must make of an answer, worked out from the recorded text without the client's own decoders. */
function expected(call: Call, exchange: Recorded): unknown {
  const byStatus: Readonly<Record<number, readonly [string, string]>> = {
    308: ["no-leader", "unknown"],
    400: ["bad-request", "none"],
    401: ["unauthorized", "none"],
    404: ["not-found", "none"],
    405: ["unexpected-answer", "unknown"],
    406: ["unexpected-answer", "unknown"],
    415: ["unexpected-answer", "unknown"],
    500: ["server-error", "unknown"],
    503: ["no-leader", "unknown"],
  };
  const failed = byStatus[exchange.status];
  if (failed !== undefined) return failed;
  const numbers = [...exchange.body.matchAll(/:(\d+)/g)].map(([, digits]) => BigInt(digits ?? ""));
  switch (call) {
    case "fresh":
    case "legacyFresh":
      return numbers;
    case "fastForward":
      return 1_000n;
    case "ping":
      return "pong";
    case "leaderTime":
      return [UUID.exec(exchange.body)?.[0], numbers[0]];
    case "namespaces":
    case "active":
      return [...exchange.body.matchAll(/"([^"]+)"/g)]
        .map(([, name = ""]) => name)
        .toSorted((a, b) => (a < b ? -1 : 1));
    case "serverId":
      return UUID.exec(exchange.body)?.[0];
    case "leads":
      return [exchange.body.includes("true"), "0.0.0"];
    case "foreign":
      return ["unexpected-answer", "unknown"];
  }
}

async function clientMakes(exchange: Recorded): Promise<unknown> {
  const call = callOf(exchange);
  const recorded = httpAnswer(exchange.statusLine, exchange.headers, exchange.body);
  const missing = httpAnswer("HTTP/1.1 404 Not Found", [["Content-Length", "0"]], "");
  const empty = httpAnswer("HTTP/1.1 200 OK", [["Content-Length", "2"]], "[]");
  const server = await startRawServer(({ line }) => {
    if (call === "legacyFresh" && line.includes(" /tl/ts/")) return missing;
    return call === "leads" && line.includes("getNamespaces") ? empty : recorded;
  });
  const timelock = createHttpTimelock(
    timelockConfigSchema.parse({
      nodes: [{ url: server.url }],
      balancer: false,
      timeouts: { searchMs: 100 },
    }),
  );
  try {
    return await outcomeOf(timelock, call);
  } finally {
    await timelock.close();
    await server.close();
  }
}

for (const [file, count] of FILES) {
  const exchanges = recordedExchanges(file);
  describe(`the client understands every answer of ${file}`, () => {
    test("all of them are here", () => expect(exchanges).toHaveLength(count));

    const named = exchanges.map((exchange, index) => [`${index} ${exchange.name}`, exchange] as const);
    test.for(named)("%s", async ([, exchange]) => {
      expect(await clientMakes(exchange)).toEqual(expected(callOf(exchange), exchange));
    });
  });
}

describe("a few of them in full", () => {
  const exchange = (name: string): Recorded =>
    recordedExchanges("transcripts-main").find((entry) => entry.name === name) ??
    expect.fail(`${name} is gone`);

  test("a large batch is cut to 10,000", async () => {
    expect(await clientMakes(exchange("fresh-ts-conjure-batch-20000"))).toEqual([13n, 10_012n]);
  });
  test("19 digits stay 19 digits", async () => {
    expect(await clientMakes(exchange("fresh-after-ff-mid"))).toEqual([
      4611686018427387905n,
      4611686018427387905n,
    ]);
  });
  test("the legacy path answers where the newer one is missing", async () => {
    expect(await clientMakes(exchange("legacy-fresh-timestamps-number-5"))).toEqual([10_025n, 10_029n]);
  });
  test("a follower's page is no leader", async () => {
    expect(await clientMakes(exchange("follower-ff-legacy"))).toEqual(["no-leader", "unknown"]);
  });
});
