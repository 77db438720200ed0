import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Database, openDatabase } from "#lib/db/client.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";

/** What Prisma's model says of a column, or information_schema does: `schema.table.column type null|not null`. */
type Column = string;

const FOLDER = path.join(import.meta.dirname, "..", "..", "prisma", "schema");
const SCALARS: Readonly<Record<string, string>> = {
  String: "text",
  Int: "int4",
  BigInt: "int8",
  Boolean: "bool",
  DateTime: "timestamp",
  Json: "jsonb",
  Bytes: "bytea",
  Float: "float8",
  Decimal: "numeric",
};
const NATIVE: Readonly<Record<string, string>> = {
  Uuid: "uuid",
  Timestamptz: "timestamptz",
  Date: "date",
  Inet: "inet",
  Char: "bpchar",
  VarChar: "varchar",
  SmallInt: "int2",
};

let database: TestDatabase;
let prisma: Database;
let columns: readonly Column[];
let schema: { readonly models: readonly string[]; readonly columns: readonly Column[] };

beforeAll(async () => {
  database = await createTestDatabase();
  prisma = openDatabase(database.appUrl);
  columns = await columnsOfDatabase(database.ownerUrl);
  schema = parseSchema(await readSchemaFiles());
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

it("has the columns of the Prisma schema, of the same type and nullability, and no others", () => {
  expect(schema.columns.length).toBeGreaterThan(0);
  expect(columns).toEqual(schema.columns);
});

it("lets every model be read as the application's role", async () => {
  for (const model of schema.models) {
    const delegate = Reflect.get(prisma, model.charAt(0).toLowerCase() + model.slice(1)) as {
      findMany: (args: object) => Promise<unknown>;
    };
    await expect(delegate.findMany({ take: 1 }), model).resolves.toEqual(expect.any(Array));
  }
});

it("reads a schema with every shape that the comparison has to know", () => {
  const text = `
    enum Colour {
      red
    }
    model Thing {
      id     String   @id @db.Uuid
      at     DateTime @map("made_at") @db.Timestamptz(3)
      colour Colour?
      tags   String[]
      other  Thing2   @relation(fields: [id], references: [id]) // not a column

      @@map("thing")
    }
    model Thing2 {
      id    String  @id
      thing Thing[]
      @@schema("audit")
    }`;
  expect(parseSchema(text)).toEqual({
    models: ["Thing", "Thing2"],
    columns: [
      "audit.Thing2.id text not null",
      "public.thing.colour Colour null",
      "public.thing.id uuid not null",
      "public.thing.made_at timestamptz not null",
      "public.thing.tags _text null",
    ],
  });
});

async function readSchemaFiles(): Promise<string> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".prisma"));
  const texts = await Promise.all(names.map(async (name) => readFile(path.join(FOLDER, name), "utf8")));
  return texts.join("\n");
}

async function columnsOfDatabase(url: string): Promise<readonly Column[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ line: string }>(
    `SELECT format('%s.%s.%s %s %s', table_schema, table_name, column_name, udt_name,
                   CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END) AS line
       FROM information_schema.columns
       JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema IN ('public', 'audit') AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'`,
  );
  await client.end();
  return rows.map((row) => row.line.replace(/( _\S+) not null$/, "$1 null")).toSorted();
}

function parseSchema(text: string): { models: readonly string[]; columns: readonly Column[] } {
  const blocks = [...text.matchAll(/^\s*(model|enum)\s+(\w+)\s*\{([\s\S]*?)^\s*\}/gm)].map((match) => ({
    kind: match[1],
    name: match[2] ?? "",
    body: (match[3] ?? "").replaceAll(/\/\/.*$/gm, ""),
  }));
  const models = blocks.filter((block) => block.kind === "model");
  const modelNames = new Set(models.map((model) => model.name));
  const enums = new Map(
    blocks
      .filter((block) => block.kind === "enum")
      .map((block) => [block.name, /@@map\("([^"]+)"\)/.exec(block.body)?.[1] ?? block.name]),
  );
  const found = models.flatMap((model) => {
    const table = /@@map\("([^"]+)"\)/.exec(model.body)?.[1] ?? model.name;
    const owner = /@@schema\("([^"]+)"\)/.exec(model.body)?.[1] ?? "public";
    return [...model.body.matchAll(/^\s*(\w+)\s+(\w+)(\[\]|\?)?(.*)$/gm)]
      .filter((field) => !modelNames.has(field[2] ?? ""))
      .map(([, name = "", type = "", modifier = "", rest = ""]) => {
        const column = /@map\("([^"]+)"\)/.exec(rest)?.[1] ?? name;
        const native = /@db\.(\w+)/.exec(rest)?.[1];
        const base = native === undefined ? (SCALARS[type] ?? enums.get(type)) : (NATIVE[native] ?? native);
        const isList = modifier === "[]";
        return `${owner}.${table}.${column} ${isList ? "_" : ""}${base} ${modifier === "" ? "not null" : "null"}`;
      });
  });
  return { models: models.map((model) => model.name), columns: found.toSorted() };
}
