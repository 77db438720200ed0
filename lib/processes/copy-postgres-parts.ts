import type { DescribedStore } from "#lib/processes/copy-side.ts";
import { checkedShape, PATIENCE, type Pems, type StoreParts } from "#lib/processes/copy-store-parts.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import type { PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { postgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import { postgresSurveyor } from "#lib/stores/postgres/surveyor.ts";

const STATEMENT_MS = 60_000;

/** What works with a Postgres store; nothing is connected yet. @throws AppError `invalid` */
export function openPostgresParts(
  which: string,
  store: Extract<DescribedStore, { readonly kind: "postgres" }>,
  pems: Pems,
): StoreParts {
  const { host, port, database, schema, user, password, tlsMode, tablePrefix } = store;
  const parsed = postgresStoreConfig.safeParse({
    host,
    port: +port,
    database,
    user,
    password,
    tablePrefix,
    ...(schema === null ? {} : { schema }),
    tls: { mode: tlsMode, ...pems },
    ...PATIENCE,
    statementTimeoutMs: STATEMENT_MS,
  });
  const target: PostgresTarget = { config: checkedShape(which, parsed) };
  return {
    bound: postgresBoundStore(target),
    surveyor: postgresSurveyor(target),
    openSource: async () => postgresCellSource(target),
    openSink: async () => postgresCellSink(target),
  };
}
