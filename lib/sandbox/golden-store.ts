import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { type StoreConnection, withSession } from "#lib/sandbox/store-connection.ts";

const GOLDEN = new URL("../../e2e/golden/postgres/", import.meta.url);

/** Stores that the real AtlasDB 0.1175.0 wrote: on embedded timestamps, and after it moved itself to TimeLock. */
export type GoldenStore = "source" | "invalidated-by-real-migration";

/** Restores what the real AtlasDB wrote into an empty database, owned by the store's own role. */
export async function restoreGoldenStore(connection: StoreConnection, golden: GoldenStore): Promise<void> {
  const compressed = await readFile(new URL(`${golden}.sql.gz`, GOLDEN));
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
