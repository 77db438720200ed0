import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { findFreePort, isPortFree, portNumber } from "#lib/db/embedded/port.ts";
import type { CassandraPorts } from "#lib/local-cassandra/configuration.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const HOST = "127.0.0.1";

const kept = z.strictObject({ cql: portNumber, thrift: portNumber, storage: portNumber });

/**
 * The ports that were kept in this file, where nobody listens on them now; else three that are free, kept there from now on.
 * @throws AppError when the machine has none
 */
export async function keptPorts(file: string): Promise<CassandraPorts> {
  const before = await readPorts(file);
  if (before !== null && (await allFree(before))) return before;
  return choosePorts(file);
}

/** Three other ports that are free, kept in this file instead of what it held. @throws AppError when the machine has none */
export async function choosePorts(file: string): Promise<CassandraPorts> {
  const found = new Set<number>();
  while (found.size < 3) found.add(await findFreePort());
  const [cql = 0, thrift = 0, storage = 0] = found;
  const ports = { cql, thrift, storage };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function readPorts(file: string): Promise<CassandraPorts | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return kept.parse(parseJson(text));
  } catch {
    return null;
  }
}

async function allFree(ports: CassandraPorts): Promise<boolean> {
  const free = await Promise.all(Object.values(ports).map(async (port) => isPortFree(port, HOST)));
  return free.every(Boolean);
}
