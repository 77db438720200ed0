import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { isPortFree, portNumber } from "#lib/db/embedded/port.ts";
import { AppError } from "#lib/errors.ts";
import type { CassandraPorts } from "#lib/local-cassandra/configuration.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const HOST = "127.0.0.1";
// Below what Linux (32768) and macOS (49152) give to outgoing connections: a server takes its port seconds after it was chosen.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES_MAX = 200;

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
  for (let tries = 0; found.size < 3 && tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port, HOST)) found.add(port);
  }
  const [cql, thrift, storage] = found;
  if (cql === undefined || thrift === undefined || storage === undefined)
    throw new AppError("unavailable", `This machine gives no free ports on ${HOST}.`);
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
