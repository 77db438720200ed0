import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { choosePorts, keptPorts } from "#lib/local-cassandra/ports.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-ports-"));
  file = path.join(folder, "ports.json");
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

test("chooses three ports that no outgoing connection is given, and keeps them", async () => {
  const ports = await keptPorts(file);
  expect(new Set(Object.values(ports)).size).toBe(3);
  for (const port of Object.values(ports)) expect(port).toBeLessThan(32_768);
  expect(await keptPorts(file)).toEqual(ports);
});

test("takes others when somebody has one of them, or the file is damaged", async () => {
  const ports = await choosePorts(file);
  const other = createServer().listen(ports.storage, "127.0.0.1");
  await once(other, "listening");
  try {
    expect(Object.values(await keptPorts(file))).not.toContain(ports.storage);
  } finally {
    other.close();
  }
  await writeFile(file, "{");
  expect(Object.keys(await keptPorts(file))).toEqual(["cql", "thrift", "storage"]);
});
