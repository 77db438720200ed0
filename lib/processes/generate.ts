import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runTool, toolEnvironment } from "#lib/processes/tools.ts";

/**
 * Makes the Prisma client from prisma/schema when it is missing or was made from another schema. Returns whether it was made
 * now. Needs no network: the engine that Prisma would fetch is not used for this, so any existing file stands in for it.
 * @throws AppError when Prisma refuses the schema
 */
export async function ensureGenerated(root: string): Promise<boolean> {
  const stamp = path.join(root, "prisma", "generated", ".made-from");
  const wanted = await schemaHash(root);
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return false;
  await runTool(root, "prisma/build/index.js", ["generate"], {
    env: { ...toolEnvironment(), PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
    failure: "The database client could not be made from prisma/schema",
  });
  await mkdir(path.dirname(stamp), { recursive: true });
  await writeFile(stamp, wanted);
  return true;
}

async function schemaHash(root: string): Promise<string> {
  const hash = createHash("sha256");
  const folder = path.join(root, "prisma", "schema");
  for (const name of (await readdir(folder)).toSorted())
    hash.update(name).update(await readFile(path.join(folder, name)));
  hash.update(await readFile(path.join(root, "node_modules", "prisma", "package.json")));
  return hash.digest("hex");
}
