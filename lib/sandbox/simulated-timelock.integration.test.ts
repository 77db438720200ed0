import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { type Recorded, recordedExchanges, recordedHeader } from "#lib/timelock/testing-transcripts.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const FIRST_PORT = 18421;
const LOCATIONS = [0, 1, 2].map((index) => `https://localhost:${FIRST_PORT + index}`);
const ROLES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "transcripts-failover": { leader: 18422, follower: 18423 },
};
const RUN_VALUES = new Set(["errorInstanceId", "id", "currentTime"]);

type Got = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/**
 * Where the simulation answers otherwise than the recorded cluster, read from the table in docs/protocols/timelock.md. `value`: another
 * timestamp. `location`: another node. A listed difference that has vanished fails the test.
 */
const DIFFERENCES = new Map(
  [...page("docs/protocols/timelock.md").matchAll(/^\| ([a-z-]+) \| (\d+) \| (value|location) \|/gm)].map(
    ([, file, index, kind]) => [`${file} ${index}`, kind],
  ),
);

function page(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

function send(urls: readonly string[], exchange: Recorded): Promise<Got> {
  return new Promise((resolve, reject) => {
    const target = `${urls[exchange.port - FIRST_PORT]}`;
    const { hostname, port } = new URL(target);
    const own = exchange.requestHeaders.filter(([name]) => !/^(host|connection|content-length)$/i.test(name));
    const headers = Object.fromEntries(own);
    const sent = httpRequest(
      { hostname, port, path: exchange.target, method: exchange.method, headers, agent: false },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (body += chunk));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      },
    );
    sent.on("error", reject);
    sent.end(exchange.requestBody ?? "");
  });
}

/** A body as comparable data: JSON with lists in order and the run's own values reduced to their kind, else the text itself. */
function comparable(body: string, contentType: string): unknown {
  if (!contentType.startsWith("application/json"))
    return body.replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, "a uuid");
  const value = parseJson(body);
  if (Array.isArray(value)) return new Set(value);
  if (typeof value === "string") return value.replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, "a uuid");
  if (typeof value === "bigint")
    return value > 1_700_000_000_000n && value < 3_000_000_000_000n ? "a time" : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, RUN_VALUES.has(name) ? typeof member : member]),
  );
}

function shapeOfRecorded(exchange: Recorded) {
  const header = (name: string) => recordedHeader(exchange.headers, name);
  return {
    status: exchange.status,
    location: header("location"),
    type: header("content-type"),
    allow: header("allow"),
    cache: header("cache-control"),
    vary: header("vary"),
    body: comparable(exchange.body, header("content-type") ?? ""),
  };
}

function shapeOfGot(got: Got) {
  const header = (name: string) => (typeof got.headers[name] === "string" ? got.headers[name] : null);
  return {
    status: got.status,
    location: header("location"),
    type: header("content-type"),
    allow: header("allow"),
    cache: header("cache-control"),
    vary: header("vary"),
    body: comparable(got.body, header("content-type") ?? ""),
  };
}

async function replay(
  file: string,
  index: number,
  exchange: Recorded,
  urls: readonly string[],
): Promise<void> {
  const got = shapeOfGot(await send(urls, exchange));
  const recorded = shapeOfRecorded(exchange);
  const difference = DIFFERENCES.get(`${file} ${index}`);
  if (difference === undefined) {
    expect(got).toEqual(recorded);
    return;
  }
  expect(got, "a difference that is listed but gone").not.toEqual(recorded);
  if (difference === "location") {
    expect(LOCATIONS).toContain(got.location);
    expect({ ...got, location: null }).toEqual({ ...recorded, location: null });
  } else {
    expect({ ...got, body: null }).toEqual({ ...recorded, body: null });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Pings until the node leads: the first ping calls the election. Issues no timestamp. */
async function elect(url: string | undefined, namespace: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`${url}/${namespace}/timestamp-management/ping`, { redirect: "manual" });
    if (answer.status === 200) return;
    await pause(20);
  }
  expect.fail(`${url} has not become the leader`);
}

describe("the simulated TimeLock answers as the recorded cluster did", () => {
  let timelock: SimulatedTimelock;
  const play = (file: string, index: number): Promise<void> => {
    const exchange = recordedExchanges(file, ROLES[file])[index];
    return exchange === undefined
      ? expect.fail(`${file} has no exchange ${index}`)
      : replay(file, index, exchange, timelock.urls);
  };

  beforeAll(async () => {
    timelock = await startSimulatedTimelock({
      locations: LOCATIONS,
      electionMs: 60,
      leaderCacheMs: 150,
      quorumWaitMs: 50,
      pickOther: (others) => others[0] ?? 0,
    });
    await elect(timelock.urls[0], "test");
  });
  afterAll(() => timelock.close());

  test.for(recordedExchanges("transcripts-main").map((exchange, index) => [index, exchange.name] as const))(
    "main %i %s",
    ([index]) => play("transcripts-main", index),
  );

  test("the page lists the differences that are tested", () => expect(DIFFERENCES.size).toBe(4));

  test("the leader dies: followers point to it for a while, then another one leads at its bound + 1", async () => {
    await timelock.stopNode(0);
    await play("transcripts-failover", 0);
    await play("transcripts-failover", 1);
    await pause(200);
    await elect(timelock.urls[1], "golden");
    for (const index of [2, 3, 4, 5, 6, 7, 8]) await play("transcripts-failover", index);
  });

  test("a second node dies: without quorum the last one points elsewhere or answers 503", async () => {
    await timelock.stopNode(1);
    await pause(200);
    for (const index of [9, 10, 11, 12, 13]) await play("transcripts-failover", index);
  });

  test("all nodes restart: nobody leads at first, and every counter starts at its stored bound + 1", async () => {
    await timelock.restart();
    for (const index of [0, 1, 2]) await play("transcripts-restart", index);
    await elect(timelock.urls[0], "golden");
    for (const index of [3, 4, 5, 6, 7, 8]) await play("transcripts-restart", index);
  });

  test("a real client migrates itself to TimeLock, twice", async () => {
    for (const index of recordedExchanges("real-client-embedded-to-timelock").keys()) {
      await play("real-client-embedded-to-timelock", index);
    }
  });
});
