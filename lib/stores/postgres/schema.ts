import { z } from "zod";

import { tablePrefixProblem } from "#lib/atlasdb/tables.ts";
import { TLS_MODES } from "#lib/stores/schema.ts";

const pem = z
  .string()
  .max(200_000)
  .refine((text) => text.includes("-----BEGIN "), { error: "must be PEM text, starting with -----BEGIN" });

/** TLS of a Postgres connection; there is no silent fall-back to plain text. `ca`, `cert` and `key` are PEM text; `key` is a secret. */
export const postgresTls = z.strictObject({
  mode: z.enum(TLS_MODES),
  ca: pem.optional(),
  cert: pem.optional(),
  key: pem.optional(),
});

const HOST = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$|^[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?$/;

/**
 * Where a Postgres store is and as whom to connect. `schema` is only needed where several schemas of the database hold a timestamp
 * table; `tablePrefix` is AtlasDB's `ddl.tablePrefix`. Times in milliseconds. `password` and `tls.key` are secrets.
 */
export const postgresStoreConfig = z.strictObject({
  host: z.string().min(1).max(253).regex(HOST, { error: "must be a host name or an IP address" }),
  port: z.int().min(1).max(65_535).default(5432),
  database: z.string().min(1).max(63),
  user: z.string().min(1).max(63),
  password: z.string().max(1000),
  schema: z.string().min(1).max(63).optional(),
  tablePrefix: z
    .string()
    .max(40)
    .default("")
    .superRefine((prefix, context) => {
      const problem = tablePrefixProblem("postgres", prefix);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
  tls: postgresTls.default({ mode: "verify-full" }),
  connectTimeoutMs: z.int().min(500).max(60_000).default(5_000),
  statementTimeoutMs: z.int().min(500).max(120_000).default(10_000),
  lockTimeoutMs: z.int().min(100).max(60_000).default(3_000),
});
export type PostgresStoreConfig = z.output<typeof postgresStoreConfig>;
export type PostgresStoreConfigInput = z.input<typeof postgresStoreConfig>;
