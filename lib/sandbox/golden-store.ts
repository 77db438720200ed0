import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { type StoreConnection, withSession } from "#lib/sandbox/store-connection.ts";

const GOLDEN_SOURCE = new URL("../../e2e/golden/postgres/source.sql.gz", import.meta.url);

/** Restores the store that the real AtlasDB 0.1175.0 wrote into an empty database, owned by the store's own role. */
export async function restoreGoldenStore(connection: StoreConnection): Promise<void> {
  const compressed = await readFile(GOLDEN_SOURCE);
  const dump = (await promisify(gunzip)(compressed)).toString("utf8");
  await withSession(connection, "lockstep", async (client) => {
    await client.query(withoutClientCommands(dump));
  });
}

/** A dump without the lines that are for psql itself, which the server does not know. */
function withoutClientCommands(dump: string): string {
  return dump
    .split("\n")
    .filter((line) => !line.startsWith("\\"))
    .join("\n");
}
