import { describe, expect, test } from "vitest";

import { type ManualCall, type ManualCluster, renderManual } from "#lib/timelock/manual.ts";
import { decodeManualOutput, decodeTimestampFetch, type PastableCall } from "#lib/timelock/manual-output.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const cluster: ManualCluster = {
  nodes: ["https://tl-1:8421", "https://tl-2:8421", "https://tl-3:8421"],
  basePath: "/timelock/api",
  hasToken: true,
  hasAuthority: false,
  hasClientCertificate: false,
  serverName: null,
};
const forward = { kind: "fast-forward", namespace: "orders", to: 5_000_000_000n } as const;
const fresh = { kind: "fresh-timestamps", namespace: "orders", count: 1 } as const;
const ping = { kind: "ping", namespace: "orders" } as const;

describe("rendered commands", () => {
  test("a fast-forward, leader first, then the same line for every other node", () => {
    const { first, others, success, variables, everyNode } = renderManual(
      forward,
      cluster,
      "https://tl-2:8421",
    );
    expect(first.command).toBe(
      "curl -q -sS --max-time 20 -X POST -A 'lockstep-manual/1.0.0 atlasdb-http-client/2.0' " +
        '-H "Authorization: Bearer $TIMELOCK_TOKEN" ' +
        "-w '\\nlockstep status=%{http_code} call=fast-forward namespace=orders to=5000000000 node=https://tl-2:8421 location=%{redirect_url}\\n' " +
        "'https://tl-2:8421/timelock/api/orders/timestamp-management/fast-forward?currentTimestamp=5000000000'",
    );
    expect(others.map(({ command }) => command)).toEqual(
      ["https://tl-1:8421", "https://tl-3:8421"].map((node) =>
        first.command.replaceAll("https://tl-2:8421", node),
      ),
    );
    expect(success).toBe("lockstep status=204 call=fast-forward namespace=orders to=5000000000");
    expect(variables.map(({ name }) => name)).toEqual(["TIMELOCK_TOKEN"]);
    expect(everyNode).toBe(false);
  });

  test("fresh timestamps with their body", () => {
    const { first } = renderManual({ ...fresh, count: 3 }, cluster, null);
    expect(first.node).toBe("https://tl-1:8421");
    expect(first.command).toContain(`-H 'Content-Type: application/json' --data '{"numTimestamps":3}'`);
    expect(first.command).toMatch(/ https:\/\/tl-1:8421\/timelock\/api\/tl\/ts\/orders$/);
  });

  test("certificates are files in variables, and a server name of our own is what curl checks", () => {
    const secured = {
      ...cluster,
      hasToken: false,
      hasAuthority: true,
      hasClientCertificate: true,
      serverName: "timelock.internal",
    };
    const { first, variables } = renderManual(ping, secured, null);
    expect(first.command).toContain(
      '-H "Authorization: Bearer lockstep" --cacert "$TIMELOCK_CA" --cert "$TIMELOCK_CERT" --key "$TIMELOCK_KEY" ' +
        "--connect-to timelock.internal:8421:tl-1:8421 -w ",
    );
    expect(first.command).toMatch(
      / https:\/\/timelock\.internal:8421\/timelock\/api\/orders\/timestamp-management\/ping$/,
    );
    expect(variables.map(({ name }) => name)).toEqual(["TIMELOCK_CA", "TIMELOCK_CERT", "TIMELOCK_KEY"]);
  });

  const all: readonly ManualCall[] = [
    fresh,
    forward,
    ping,
    { kind: "leader-time", namespace: "orders" },
    { kind: "learned-bound", namespace: "orders" },
    { kind: "namespaces" },
    { kind: "active-namespaces" },
    { kind: "leader-ping" },
  ];
  test.for(all)(
    "$kind follows no redirect, prints its status, and never names the bare management fast-forward",
    (call) => {
      for (const { command } of [
        renderManual(call, cluster, null).first,
        ...renderManual(call, cluster, null).others,
      ]) {
        expect(command).not.toMatch(/\s(-L|--location)\b|management\/fastForward/);
        expect(command).toMatch(/^curl -q .*status=%\{http_code\}/);
      }
    },
  );

  test("what would not be sent is not rendered", () => {
    expect(() => renderManual({ ...forward, to: LONG_MAX }, cluster, null)).toThrow(/largest safe value/);
    expect(() => renderManual({ ...forward, to: 0n }, cluster, null)).toThrow(/at least 1/);
    expect(() => renderManual({ ...ping, namespace: "a; rm -rf /" }, cluster, null)).toThrow(/only letters/);
    expect(() => renderManual({ ...fresh, count: 10_001 }, cluster, null)).toThrow(/10000/);
  });
});

/** What a terminal shows of a run: the body, a line feed, the status line. */
function output(call: PastableCall, status: number, body: string, node = "tl-1"): string {
  const { command } = renderManual(call, { ...cluster, nodes: [`https://${node}:8421`] }, null).first;
  const line = /-w '\\n(.*)\\n'/.exec(command)?.[1] ?? "";
  return `${body}\n${line.replace("%{http_code}", `${status}`).replace("%{redirect_url}", "")}\n`;
}

describe("pasted output", () => {
  test("of each call is understood as a whole", () => {
    const range = '{"inclusiveLower":4611686018427387905,"inclusiveUpper":4611686018427387905}';
    const node = "https://tl-1:8421";
    expect(decodeManualOutput(fresh, output(fresh, 200, range))).toEqual({
      ok: true,
      value: { kind: "fresh-timestamps", node, first: 4611686018427387905n, last: 4611686018427387905n },
    });
    expect(decodeManualOutput(forward, output(forward, 204, ""))).toEqual({
      ok: true,
      value: { kind: "fast-forward", node, to: forward.to },
    });
    expect(decodeManualOutput(ping, output(ping, 200, "pong").replaceAll("\n", "\r\n"))).toEqual({
      ok: true,
      value: { kind: "ping", node },
    });
  });

  test("of several nodes counts where one alone leads", () => {
    const followers =
      output(forward, 308, "") + output(forward, 503, "<html>\n<body>no</body>\n</html>", "tl-2");
    expect(decodeManualOutput(forward, followers + output(forward, 204, "", "tl-3"))).toMatchObject({
      ok: true,
      value: { node: "https://tl-3:8421" },
    });
    expect(decodeManualOutput(forward, followers)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/No node answered as the leader/),
    });
    const twice = output(forward, 204, "") + output(forward, 204, "", "tl-2");
    expect(decodeManualOutput(forward, twice)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/more than one/),
    });
  });

  test.for([
    ["nothing", "", /is missing/],
    ["the digits alone", "5000000001", /is missing/],
    ["another value", output({ ...forward, to: 5_000_000_001n }, 204, ""), /another command/],
    ["another namespace", output({ ...forward, namespace: "order" }, 204, ""), /another command/],
    ["another call", output(fresh, 200, "{}"), /another command/],
    ["200 instead of 204", output(forward, 200, ""), /success is 204/],
    ["a body with the 204", output(forward, 204, "warning"), /no body/],
    [
      "an error",
      output(forward, 500, '{"errorCode":"INTERNAL","errorName":"Default:Internal"}'),
      /500 \(Default:Internal\)/,
    ],
    ["no answer", output(forward, 0, "").replace("status=0", "status=000"), /unknown: read before/],
    ["more after the end", `${output(forward, 204, "")}$ exit`, /follows after/],
  ] as const)("a fast-forward is not proven by %s", ([, text, reason]) => {
    expect(decodeManualOutput(forward, text)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(reason),
    });
  });

  test.for([
    "{}",
    '{"inclusiveLower":5,"inclusiveUpper":9}',
    '{"inclusiveLower":9,"inclusiveUpper":5}',
    '{"inclusiveLower":0,"inclusiveUpper":0}',
    '{"inclusiveLower":9223372036854775808,"inclusiveUpper":9223372036854775808}',
    '{"inclusiveLower":"5","inclusiveUpper":"5"}',
    '{"inclusiveLower":5,"inclus',
  ])("a fresh timestamp is not %s", (body) => {
    expect(decodeManualOutput(fresh, output(fresh, 200, body))).toMatchObject({ ok: false });
  });
});

describe("the output of timestamp fetch", () => {
  test.for([
    ["The fresh timestamp is: 5000000002", 5_000_000_002n],
    ["WARN deprecated\nThe Fresh timestamp is: 9223372036854775806\n", 9223372036854775806n],
    ["the FRESH Timestamp is:17", 17n],
    [" 4611686018427387905\n", 4611686018427387905n],
  ] as const)("%j", ([text, value]) => expect(decodeTimestampFetch(text)).toEqual({ ok: true, value }));

  test.for([
    ["The immutable timestamp is: 5000000002", /immutable/],
    ["The fresh timestamp is: 5\nThe fresh timestamp is: 6", /several/],
    ["The fresh timestamp is: 5.0", /no "The fresh/],
    ["The fresh timestamp is: 9223372036854775808", /no "The fresh/],
    ["The fresh timestamp is: -1", /no "The fresh/],
    ["5 000", /no "The fresh/],
    ["0", /no "The fresh/],
    ["", /no "The fresh/],
  ] as const)("%j is refused", ([text, reason]) =>
    expect(decodeTimestampFetch(text)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) }),
  );
});
