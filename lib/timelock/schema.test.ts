import { describe, expect, test } from "vitest";

import { namespaceNameSchema } from "#lib/timelock/namespace-name.ts";
import { nodeMap } from "#lib/timelock/node-map.ts";
import { isBehindBalancer, QUORUM_LOSS_WINDOW_MS, timelockConfigSchema } from "#lib/timelock/schema.ts";

const one = { nodes: [{ url: "https://TL-1.example.com:443/" }] };
const three = { nodes: [1, 2, 3].map((index) => ({ url: `https://tl-${index}:8421` })) };

describe("a cluster configuration", () => {
  test("is brought to one spelling, with defaults that outlast a lost quorum", () => {
    const config = timelockConfigSchema.parse({ ...one, basePath: "/timelock/api/" });
    expect(config).toMatchObject({
      nodes: [{ url: "https://tl-1.example.com" }],
      basePath: "/timelock/api",
      tls: {},
      token: "lockstep",
    });
    expect(config.timeouts.answerMs).toBeGreaterThan(QUORUM_LOSS_WINDOW_MS);
    expect(config.timeouts.searchMs).toBeGreaterThan(2 * QUORUM_LOSS_WINDOW_MS);
  });

  test("one address is a balancer unless it is said to be a node", () => {
    expect(isBehindBalancer(timelockConfigSchema.parse(one))).toBe(true);
    expect(isBehindBalancer(timelockConfigSchema.parse({ ...one, balancer: false }))).toBe(false);
    expect(isBehindBalancer(timelockConfigSchema.parse(three))).toBe(false);
  });

  test.for([
    ["no node", { nodes: [] }],
    ["a node without a scheme", { nodes: [{ url: "tl-1:8421" }] }],
    ["a node of another scheme", { nodes: [{ url: "ftp://tl-1" }] }],
    ["a node with a path", { nodes: [{ url: "https://tl-1:8421/timelock" }] }],
    ["a node with a password", { nodes: [{ url: "https://me:secret@tl-1:8421" }] }],
    ["a node with a query", { nodes: [{ url: "https://tl-1:8421/?a=b" }] }],
    ["the same node twice", { nodes: [{ url: "https://tl-1:443" }, { url: "https://TL-1" }] }],
    [
      "an alias that is another node",
      { nodes: [{ url: "https://a" }, { url: "https://b", alias: "https://a/" }] },
    ],
    ["a base path without a slash", { ...three, basePath: "timelock/api" }],
    ["a base path with a query", { ...three, basePath: "/a?b" }],
    ["a balancer of three nodes", { ...three, balancer: true }],
    ["a token that could break the header", { ...three, token: "a b\r\nX: y" }],
    ["a JKS store for an authority", { ...three, tls: { ca: "\u00fe\u00ed\u00fe\u00ed" } }],
    [
      "a client certificate without its key",
      { ...three, tls: { cert: "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----" } },
    ],
    ["an unknown member", { ...three, redirect: "follow" }],
  ] as const)("refuses %s", ([, config]) => {
    expect(timelockConfigSchema.safeParse(config).success).toBe(false);
  });
});

describe("the node that a Location means", () => {
  const nodes = nodeMap(
    timelockConfigSchema.parse({
      nodes: [
        { url: "https://a:1", alias: "https://internal:9/one" },
        { url: "https://b:1", alias: "https://internal:9/two" },
        { url: "https://c" },
      ],
    }),
  );
  test.for([
    ["https://a:1", "https://a:1"],
    ["https://A:1/", "https://a:1"],
    ["https://a:1/timelock/api/", "https://a:1"],
    ["https://c:443", "https://c"],
    ["https://internal:9/two/", "https://b:1"],
    ["https://internal:9", null],
    ["https://internal:9/three", null],
    ["http://a:1", null],
    ["https://a:2", null],
    ["https://a:1.evil.test", null],
    ["https://a:1@evil.test", null],
    ["//a:1", null],
    ["/tl/ts/x", null],
    ["", null],
  ] as const)("%j is %j", ([location, node]) => expect(nodes.find(location)).toBe(node));
});

describe("a namespace", () => {
  test.for(["a", "My_Service-1", "__proto__", "TL", "leaderpaxos", "x".repeat(255)])("may be %j", (name) => {
    expect(namespaceNameSchema.parse(name)).toBe(name);
  });
  test.for(["", " a", "a.b", "a/b", "ä", "a\n", "tl", "lw", "leader", "leaderPaxos", "x".repeat(256)])(
    "may not be %j",
    (name) => {
      expect(namespaceNameSchema.safeParse(name).success).toBe(false);
    },
  );
});
