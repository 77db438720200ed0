import { createServer, type Socket } from "node:net";

import { afterEach, expect, test } from "vitest";

import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Something that answers everything with these bytes. */
async function listen(answer: Buffer): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write(answer));
    socket.write(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test.each([
  ["an error frame that is cut short", [0x84, 0, 0, 0, 0x00, 0, 0, 0, 4, 0, 0, 0x10, 0]],
  ["a list of options that is cut short", [0x84, 0, 0, 0, 0x06, 0, 0, 0, 4, 0, 9, 0, 9]],
  ["zeros", Array.from({ length: 64 }, () => 0)],
  ["the banner of something else", [...Buffer.from("SSH-2.0-OpenSSH_9\r\n")]],
])("%s ends no process and is reported", async (_name, bytes) => {
  const port = await listen(Buffer.from(bytes));
  const config = cassandraStoreConfig.parse({
    contactPoints: [{ host: "127.0.0.1", port }],
    localDataCenter: "dc1",
    keyspace: "app",
    tls: { mode: "off" },
    connectTimeoutMs: 500,
    requestTimeoutMs: 500,
  });
  const report = await cassandraBoundStore({ config }).testConnection();
  expect(report).toMatchObject({ ok: false, identity: null });
  expect(report.stages.at(-1)).toMatchObject({ verdict: "failed" });
});
