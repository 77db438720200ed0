import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { dataPlace } from "#lib/db/testing-place.ts";
import { findTools } from "#lib/local-cassandra/java.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { type LocalCassandra, startLocalCassandra } from "#lib/local-cassandra/server.ts";
import type { TestCassandra } from "#lib/local-cassandra/testing.ts";
import { createTestTls, type TestTls } from "#lib/local-cassandra/testing-keystore.ts";

type Servers = ReadonlyMap<string, LocalCassandra>;

/**
 * Starts both servers at once for the whole run of the Cassandra tests and hands them over (`inject("cassandra")`): 2.2.18
 * with passwords on a plain port, 5.0.6 with passwords on a TLS port that wants a client certificate. A server that does not
 * start fails the run, and so does a machine without Java or Maven.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const search = await findTools();
  if (!search.found) throw new Error(search.missing);
  const folder = await mkdtemp(path.join(tmpdir(), "lockstep-cassandra-"));
  // What a killed server acknowledged is kept there too.
  const data = await mkdtemp(path.join(await dataPlace(), "lockstep-cassandra-"));
  const servers = new Map<CassandraRelease, LocalCassandra>();
  const close = async () => {
    await Promise.all([...servers.values()].map(async (server) => server.kill()));
    for (const made of [folder, data]) await rm(made, { recursive: true, force: true });
  };
  const tls = await createTestTls(folder, { requireClient: true });
  const start = async (release: CassandraRelease, secured: TestTls | null) =>
    servers.set(
      release,
      await startLocalCassandra({
        release,
        folder: path.join(data, release),
        scratch: path.join(folder, `${release}-scratch`),
        tools: search.tools,
        requirePassword: true,
        ...(secured === null ? {} : { tls: secured.server }),
      }),
    );
  const begun = await Promise.allSettled([start("2.2.18", null), start("5.0.6", tls)]);
  const failure = begun.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    await close();
    throw failure.reason;
  }
  const control = await takeOrders(servers);
  const address = control.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  project.provide("cassandra", {
    "2.2.18": describe(servers.get("2.2.18"), port, null),
    "5.0.6": describe(servers.get("5.0.6"), port, tls),
  });
  return async () => {
    control.close();
    await close();
  };
}

function describe(
  server: LocalCassandra | undefined,
  controlPort: number,
  tls: TestTls | null,
): TestCassandra {
  if (server === undefined) throw new Error("the server was not started");
  const pem = (pair: TestTls["client"]) => ({ cert: pair.cert, key: pair.key });
  return {
    release: server.release,
    host: server.host,
    port: server.ports.cql,
    dataCentre: server.dataCentre,
    username: "cassandra",
    password: "cassandra",
    tls: tls === null ? null : { ca: tls.ca, client: pem(tls.client), stranger: pem(tls.stranger) },
    controlUrl: `http://127.0.0.1:${controlPort}/${server.release}`,
  };
}

/** Tests run in processes of their own, and only this one may start and end the servers. */
async function takeOrders(servers: Servers): Promise<Server> {
  const control = createServer((request, response) => {
    const [, release = "", order = ""] = (request.url ?? "").split("/");
    const server = servers.get(release);
    obey(server, order).then(
      () => response.end(),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => void control.listen(0, "127.0.0.1", resolve));
  return control;
}

async function obey(server: LocalCassandra | undefined, order: string): Promise<void> {
  if (server === undefined) throw new Error("no such server");
  if (order === "freeze") return server.freeze();
  if (order === "thaw") return server.thaw();
  if (order === "kill") return server.kill();
  if (order === "start") return server.start();
  throw new Error(`no such order: ${order}`);
}
