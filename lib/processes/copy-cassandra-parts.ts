import type { DescribedStore } from "#lib/processes/copy-side.ts";
import { checkedShape, PATIENCE, type Pems, type StoreParts } from "#lib/processes/copy-store-parts.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { readDataCentre } from "#lib/stores/cassandra/read-data-centre.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { cassandraSurveyor } from "#lib/stores/cassandra/surveyor.ts";

const TLS = {
  disable: "off",
  require: "require",
  "verify-ca": "verify",
  "verify-full": "verify",
} as const;

type CassandraPlace = Extract<DescribedStore, { readonly kind: "cassandra" }>;

/** What works with a Cassandra store. Connects only where its data centre has to be asked for. @throws AppError `invalid`, AdapterError */
export async function openCassandraParts(
  which: string,
  store: CassandraPlace,
  pems: Pems,
): Promise<StoreParts> {
  const target = await targetOf(which, store, pems);
  return {
    bound: cassandraBoundStore(target),
    surveyor: cassandraSurveyor(target),
    openSource: async () => openCassandraCellSource(target),
    openSink: async () => openCassandraCellSink(target),
  };
}

async function targetOf(which: string, store: CassandraPlace, pems: Pems): Promise<CassandraTarget> {
  const { contactPoints, keyspace, user, password, tlsMode, dataCentre } = store;
  const parsed = cassandraStoreConfig.safeParse({
    contactPoints: contactPoints.map(({ host, port }) => ({ host, port: +port })),
    localDataCenter: dataCentre ?? "unknown",
    keyspace,
    ...(user === "" ? {} : { user }),
    password,
    tls: { mode: TLS[tlsMode], ...pems },
    ...PATIENCE,
  });
  const config = checkedShape(which, parsed);
  if (dataCentre !== null) return { config };
  return { config: { ...config, localDataCenter: await readDataCentre({ config }) } };
}
