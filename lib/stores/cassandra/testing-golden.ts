import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import type { Client } from "cassandra-driver";
import { z } from "zod";

import { parseJson } from "#lib/timestamps/json.ts";

const unzip = promisify(gunzip);

async function read(name: string): Promise<string> {
  const file = new URL(`../../../e2e/golden/cassandra/${name}.gz`, import.meta.url);
  return (await unzip(await readFile(file))).toString("utf8");
}

const line = z.strictObject({
  t: z.string(),
  row: z.tuple([z.string(), z.string(), z.bigint(), z.string(), z.bigint()]),
});

/** One recorded row: blobs as hexadecimal digits, numbers as decimal strings. */
export type GoldenRow = {
  readonly table: string;
  readonly key: string;
  readonly column1: string;
  readonly column2: string;
  readonly value: string;
  readonly writtenAt: string;
};

/** The recorded rows of a file. */
export async function goldenRows(name: string): Promise<readonly GoldenRow[]> {
  const lines = (await read(name)).split("\n").filter((text) => text !== "");
  return lines.map((text) => {
    const { t: table, row } = line.parse(parseJson(text));
    const [key, column1, column2, value, writtenAt] = row;
    return { table, key, column1, column2: `${column2}`, value, writtenAt: `${writtenAt}` };
  });
}

/** The recorded CREATE statement of one table, in another keyspace. */
export async function goldenCreate(name: string, table: string, keyspace: string): Promise<string> {
  const statements = (await read(`${name}.schema.cql`)).split(";");
  const found = statements.find((text) => text.includes(`."${table}" (`));
  if (found === undefined) throw new Error(`no table ${table} in ${name}`);
  return found.trim().replace(/CREATE TABLE \w+\./, `CREATE TABLE ${keyspace}.`);
}

/** Writes recorded rows of some tables, with their recorded write times. */
export async function writeGolden(
  client: Client,
  keyspace: string,
  rows: readonly GoldenRow[],
): Promise<void> {
  for (const { table, key, column1, column2, value, writtenAt } of rows) {
    await client.execute(
      `INSERT INTO ${keyspace}."${table}" (key, column1, column2, value) VALUES (0x${key}, 0x${column1}, ${column2}, 0x${value}) USING TIMESTAMP ${writtenAt}`,
    );
  }
}
