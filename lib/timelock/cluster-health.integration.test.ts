import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";

import { afterEach, describe, expect, test } from "vitest";

import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import { createHttpTimelock, type HttpTimelockOptions } from "#lib/timelock/http-timelock.ts";
import { type TimelockConfigInput, timelockConfigSchema } from "#lib/timelock/schema.ts";
import { deadAddress, httpAnswer, type RawReply, startRawServer } from "#lib/timelock/testing-servers.ts";
import { thrownBy } from "#lib/timelock/timelock-contract.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../../e2e/golden/timelock/tls/${name}.pem`, import.meta.url), "utf8");
const ca = pem("ca");
const serverName = "timelock.test";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const ok = (body: string): RawReply =>
  httpAnswer("HTTP/1.1 200 OK", [["Content-Type", "application/json"]], body);
const notFound: RawReply = httpAnswer("HTTP/1.1 404 Not Found", [["Content-Length", "0"]], "");

async function raw(reply: (line: string) => RawReply): Promise<string> {
  const server = await startRawServer(({ line }) => reply(line));
  open.push(server);
  return server.url;
}

/** A TLS server that lists one namespace, whatever it is asked. */
async function secure(options: ServerOptions): Promise<string> {
  const server = createHttpsServer(options, (_, response) => response.end('["a"]'));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function insecure(): Promise<string> {
  const server = createHttpServer((_, response) => response.end("[]"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(
  urls: readonly string[],
  config: Partial<TimelockConfigInput> = {},
  options: HttpTimelockOptions = {},
): Timelock {
  const timeouts = { connectMs: 500, answerMs: 300, searchMs: 500 };
  const nodes = urls.map((url) => ({ url }));
  const timelock = createHttpTimelock(
    timelockConfigSchema.parse({ nodes, balancer: false, timeouts, ...config }),
    options,
  );
  open.push(timelock);
  return timelock;
}

async function failureOf(timelock: Timelock) {
  const health = await timelock.health(null);
  const failure = health.nodes[0]?.failure;
  if (failure === undefined || failure === null) throw new InvariantError("the node is well");
  return failure;
}

const server = { cert: pem("server"), key: pem("server.key") };

describe("what exactly is wrong with a node", () => {
  test("its name is not known", async () => {
    const lookup: LookupFunction = (hostname, _options, callback) => {
      const error: NodeJS.ErrnoException = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
      error.code = "ENOTFOUND";
      callback(error, "", 0);
    };
    const failure = await failureOf(client(["http://nowhere.test:8421"], {}, { lookup }));
    expect(failure).toMatchObject({ code: "name-lookup", effect: "none" });
    expect(failure.message).toMatch(/http:\/\/nowhere\.test:8421 did not answer: its name is not known/);
  });

  test("its address is denied here, by name or as it stands", async () => {
    const lookup: LookupFunction = (_, __, callback) =>
      callback(
        new AdapterError("address-denied", "none", "link-local addresses are never connected to"),
        "",
        0,
      );
    const named = client(["http://metadata.test"], {}, { lookup });
    const literal = client(["http://169.254.169.254"], {}, { lookup });
    for (const timelock of [named, literal]) {
      expect(await failureOf(timelock)).toMatchObject({ code: "address-denied", effect: "none" });
    }
  });

  test("a pinned address is the one that is connected to", async () => {
    const address = await raw((line) => (line.includes("getNamespaces") ? ok("[]") : notFound));
    const lookup: LookupFunction = (_, options, callback) => {
      if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
      else callback(null, "127.0.0.1", 4);
    };
    const { nodes } = await client([address.replace("127.0.0.1", "pinned.test")], {}, { lookup }).health(
      null,
    );
    expect(nodes[0]).toMatchObject({ failure: null, leads: null });
  });

  test("nothing listens there", async () => {
    expect(await failureOf(client([await deadAddress()]))).toMatchObject({ code: "refused", effect: "none" });
  });

  test("it hangs, or breaks the connection", async () => {
    const slow = client([await raw(() => "hang")], { timeouts: { connectMs: 50, answerMs: 50 } });
    expect(await failureOf(slow)).toMatchObject({ code: "time-out", effect: "unknown" });
    expect(await failureOf(client([await raw(() => "close")]))).toMatchObject({
      code: "reset",
      effect: "unknown",
    });
  });

  test("it does not accept the token", async () => {
    const address = await raw(() => httpAnswer("HTTP/1.1 401 Unauthorized", [["Content-Length", "0"]], ""));
    expect(await failureOf(client([address]))).toMatchObject({ code: "unauthorized", effect: "none" });
  });

  test("it serves under another base path, or is something else", async () => {
    const production = await raw((line) => (line.includes(" /timelock/api/tl/") ? ok("[]") : notFound));
    const failure = await failureOf(client([production]));
    expect(failure.code).toBe("wrong-base-path");
    expect(failure.message).toContain('answers under the base path "/timelock/api"');
    expect(await failureOf(client([await raw(() => notFound)]))).toMatchObject({ code: "wrong-base-path" });
    expect(await failureOf(client([await raw(() => ok("<html>hello</html>"))]))).toMatchObject({
      code: "not-timelock",
    });
    expect(await failureOf(client([await raw(() => ({ bytes: "220 mail.test ESMTP\r\n" }))]))).toMatchObject({
      code: "not-timelock",
    });
  });

  test("an older server without lists is well, and its lists are unknown", async () => {
    const address = await raw((line) =>
      line.includes("/leader/pingV2") ? ok('{"isLeader":true}') : notFound,
    );
    const timelock = client([address]);
    expect((await timelock.health("a")).nodes[0]).toMatchObject({
      failure: null,
      leads: true,
      version: null,
      serverId: null,
    });
    expect(await timelock.health("a")).toMatchObject({ namespace: "unknown" });
    const { majority, perNode } = await timelock.namespaces();
    expect(majority).toBe(false);
    expect(perNode[0]?.outcome).toMatchObject({ ok: false, failure: { code: "not-supported" } });
    expect(await timelock.learnedBound("a")).toMatchObject({ state: "unknown" });
  });
});

describe("TLS", () => {
  test("a trusted certificate is shown with its validity", async () => {
    const address = await secure(server);
    const timelock = client([address], { tls: { ca, serverName } });
    const { nodes } = await timelock.health(null);
    expect(nodes[0]).toMatchObject({
      failure: null,
      certificate: {
        subject: "CN=timelock.test",
        issuer: "CN=Lockstep test authority",
        validTo: new Date("2120-01-01T00:00:00Z"),
      },
    });
  });

  test.for([
    ["no authority is given", server, { serverName }, "tls-trust"],
    ["another authority is trusted", server, { ca: pem("other-ca"), serverName }, "tls-trust"],
    ["the name is another one", server, { ca }, "tls-name"],
    ["it has expired", { cert: pem("expired"), key: pem("expired.key") }, { ca, serverName }, "tls-expired"],
    [
      "a client certificate is wanted",
      { ...server, ca, requestCert: true, rejectUnauthorized: true },
      { ca, serverName },
      "tls-client-certificate",
    ],
  ] as const)("%s", async ([, options, tls, code]) => {
    expect(await failureOf(client([await secure(options)], { tls }))).toMatchObject({ code, effect: "none" });
  });

  test("a client certificate opens the door, and its validity is shown", async () => {
    const address = await secure({ ...server, ca, requestCert: true, rejectUnauthorized: true });
    const health = await client([address], {
      tls: { ca, serverName, cert: pem("client"), key: pem("client.key") },
    }).health(null);
    expect(health.nodes[0]?.failure).toBeNull();
    expect(health.clientCertificate).toMatchObject({ subject: "CN=lockstep" });
  });

  test("https to a port that speaks http, and http to one that speaks https", async () => {
    const plain = await insecure();
    expect(await failureOf(client([plain.replace("http:", "https:")]))).toMatchObject({
      code: "tls-failed",
      effect: "none",
    });
    const tls = await secure(server);
    expect((await failureOf(client([tls.replace("https:", "http:")]))).effect).toBe("unknown");
  });

  test("a fast-forward that failed at the handshake did nothing", async () => {
    const timelock = client([await secure(server)], { tls: { serverName } });
    expect(await thrownBy(timelock.fastForward("a", 5n))).toMatchObject({
      code: "tls-trust",
      effect: "none",
    });
  });

  test("certificates that cannot be read are refused at once", () => {
    const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    expect(() => client(["https://127.0.0.1:1"], { tls: { cert: garbage, key: pem("client.key") } })).toThrow(
      AppError,
    );
    expect(() =>
      client(["https://127.0.0.1:1"], { tls: { cert: pem("client"), key: pem("server.key") } }),
    ).toThrow(AppError);
  });
});

describe("the quorum of several nodes", () => {
  const well = (leads: boolean) => (line: string) =>
    line.includes("pingV2") ? ok(`{"isLeader":${leads},"timeLockVersion":"1.2.3"}`) : ok("[]");

  test("a dead minority leaves it likely", async () => {
    const health = await client([await raw(well(true)), await raw(well(false)), await deadAddress()]).health(
      null,
    );
    expect(health).toMatchObject({ quorum: { state: "likely" }, leader: { state: "known" } });
    expect(health.nodes.map(({ failure }) => failure?.code ?? null)).toEqual([null, null, "refused"]);
  });

  test("a dead majority means it is lost", async () => {
    const health = await client([await raw(well(true)), await deadAddress(), await deadAddress()]).health(
      null,
    );
    expect(health.quorum).toMatchObject({ state: "lost" });
  });

  test("a virgin cluster has no leader yet, two leaders are shown as two", async () => {
    const idle = [await raw(well(false)), await raw(well(false))];
    expect(await client(idle).health(null)).toMatchObject({
      quorum: { state: "likely" },
      leader: { state: "none" },
    });
    const split = [await raw(well(true)), await raw(well(true))];
    expect(await client(split).health(null)).toMatchObject({ leader: { state: "several", nodes: split } });
  });
});

describe("the learned bound", () => {
  const learned = (bound: bigint): RawReply => {
    const data = Buffer.alloc(8);
    data.writeBigInt64BE(bound);
    return ok(`{"leaderUUID":"x","round":4,"data":"${data.toString("base64")}"}`);
  };
  const holding = (reply: RawReply) => (line: string) =>
    line.includes("getNamespaces") ? ok('["a"]') : reply;

  test("is the greatest over a majority; a lagging and a dead node do not hide it", async () => {
    const nodes = [
      await raw(holding(learned(5n))),
      await raw(holding(learned(2n ** 62n + 1n))),
      await deadAddress(),
    ];
    expect(await client(nodes).learnedBound("a")).toMatchObject({
      state: "known",
      bound: 2n ** 62n + 1n,
      node: nodes[1],
    });
  });

  test("is unknown without a majority, even where one node has a value", async () => {
    const nodes = [await raw(holding(learned(5n))), await deadAddress(), await deadAddress()];
    expect(await client(nodes).learnedBound("a")).toMatchObject({ state: "unknown" });
  });

  test("is none where a majority keeps no learned values, as with a database", async () => {
    const empty = httpAnswer("HTTP/1.1 204 No Content", [], "");
    const nodes = [await raw(holding(empty)), await raw(holding(notFound)), await deadAddress()];
    expect(await client(nodes).learnedBound("a")).toMatchObject({ state: "none" });
  });

  test("a node that does not list the namespace is not asked for it", async () => {
    const asked: string[] = [];
    const address = await raw((line) => {
      asked.push(line);
      return ok("[]");
    });
    expect(await client([address]).learnedBound("a")).toMatchObject({ state: "absent" });
    expect(asked).toEqual(["POST /tl/management/getNamespaces HTTP/1.1"]);
  });

  test("a value that is not eight bytes is a failure of that node", async () => {
    const nodes = [await raw(holding(ok('{"round":1,"data":"AAAA"}')))];
    expect((await client(nodes).learnedBound("a")).perNode[0]?.outcome).toMatchObject({
      ok: false,
      failure: { code: "unexpected-answer" },
    });
  });
});
