import type { Client } from "cassandra-driver";
import { expect } from "vitest";

import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import type { Generation } from "#lib/stores/cassandra/statements.ts";
import { tableId } from "#lib/stores/cassandra/statements.ts";
import type { GoldenTable } from "#lib/stores/cassandra/testing-golden-rows.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** Options by the names of 2.2 that a current server has under the same name. */
const SAME = ["bloom_filter_fp_chance", "gc_grace_seconds", "min_index_interval", "max_index_interval"];

/** Columns of 2.2's catalogue that are called otherwise than their option. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  dclocal_read_repair_chance: "local_read_repair_chance",
};

/**
 * Holds a table to the real one of this name: id, columns and every option, as far as the release still has it.
 * Source: atlasdb-facts E.2, golden cassandra/*.cql.jsonl
 */
export async function expectLayout(
  { client, name: keyspace }: { readonly client: Client; readonly name: string },
  generation: Generation,
  name: string,
  golden: readonly GoldenTable[],
): Promise<void> {
  const table = cassandraPhysicalName(name);
  const real = golden.find((one) => one.name === table);
  if (real === undefined) throw new Error(`there is no golden table ${table}`);
  const place = `keyspace_name = '${keyspace}' AND`;
  const select = async (from: string, where: string) =>
    (await client.execute(`SELECT * FROM ${from} WHERE ${place} ${where} = '${table}'`)).rows;
  const [catalogue, key] =
    generation === "2.2"
      ? (["system.schema_column", "columnfamily_name"] as const)
      : (["system_schema.", "table_name"] as const);
  const [found] = await select(generation === "2.2" ? `${catalogue}families` : `${catalogue}tables`, key);
  expect(String(found?.["cf_id"] ?? found?.["id"]), name).toBe(tableId({ keyspace, table }));
  const columns = await select(`${catalogue}${generation === "2.2" ? "s" : "columns"}`, key);
  expect(columns.map((row) => String(row["column_name"])).toSorted(), name).toEqual(
    real.columns.map(([column]) => column).toSorted(),
  );
  if (generation === "2.2") {
    const options = Object.keys(real.options).filter((option) => option !== "caching");
    for (const option of options)
      expect(String(found?.[OLD_NAMES[option] ?? option]), `${name} ${option}`).toBe(
        String(real.options[option]),
      );
    expect(parseJson(String(found?.["caching"])), name).toEqual(parseJson(String(real.options["caching"])));
    expect(found?.["is_dense"], name).toBe(true);
    return;
  }
  for (const option of SAME)
    expect(String(found?.[option]), `${name} ${option}`).toBe(String(real.options[option]));
  const chunk = /"chunk_length_kb":"(\d+)"/.exec(String(real.options["compression_parameters"]))?.[1];
  expect(found?.["compression"], name).toMatchObject({
    class: "org.apache.cassandra.io.compress.LZ4Compressor",
    chunk_length_in_kb: chunk,
  });
  expect(found?.["compaction"], name).toMatchObject({ class: real.options["compaction_strategy_class"] });
  expect(found?.["caching"], name).toEqual({ keys: "ALL", rows_per_partition: "NONE" });
  expect(found?.["flags"], name).toContain("dense");
}
