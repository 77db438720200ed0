import { readFile } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { AdapterError, AppError } from "#lib/errors.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import { isSideUrl, type SideArguments } from "#lib/processes/copy-arguments.ts";
import { readSideFile } from "#lib/processes/copy-side-file.ts";
import { readSideUrl } from "#lib/processes/copy-side-url.ts";
import { type DescribedSide, nameOfSide } from "#lib/processes/copy-side.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { readDataCentre } from "#lib/stores/cassandra/read-data-centre.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { cassandraSurveyor } from "#lib/stores/cassandra/surveyor.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import type { PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { postgresStoreConfig } from "#lib/stores/postgres/schema.ts";
import { postgresSurveyor } from "#lib/stores/postgres/surveyor.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { timelockConfigSchema } from "#lib/timelock/schema.ts";

/** A person waits, and a table of 4,000 shards takes its time. */
const PATIENCE = { connectTimeoutMs: 10_000 } as const;
const STATEMENT_MS = 60_000;

const CASSANDRA_TLS = {
  disable: "off",
  require: "require",
  "verify-ca": "verify",
  "verify-full": "verify",
} as const;

/** PEM texts, where files were named. */
type Pems = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** Reads what describes a side, and puts over it what the command line and the environment say. @throws AppError `invalid` */
export async function describeSide(given: SideArguments): Promise<DescribedSide> {
  const { which, place, runtime, root } = given;
  const described = isSideUrl(place)
    ? readSideUrl(which, place)
    : readSideFile({
        which,
        install: await readText(which, place),
        runtime: runtime === null ? null : await readText(which, runtime),
        root,
        hasAuthority: given.ca !== null,
      });
  const { store } = described;
  const password = given.password ?? store.password;
  const tlsMode = given.tls ?? store.tlsMode;
  const own = { password, tlsMode };
  return {
    ...described,
    store:
      store.kind === "postgres"
        ? { ...store, ...own }
        : { ...store, ...own, dataCentre: given.dataCentre ?? store.dataCentre },
    ca: given.ca ?? described.ca,
    cert: given.cert ?? described.cert,
    key: given.key ?? described.key,
  };
}

async function readText(which: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new AppError(
      "invalid",
      `The file ${file} of the ${which} cannot be read${code}. Nothing was changed.`,
      { cause },
    );
  }
}

/** Makes a side usable. Connects only where a Cassandra's data centre has to be asked for. @throws AppError `invalid`, AdapterError */
export async function openCopySide(
  which: "source" | "destination",
  described: DescribedSide,
): Promise<MoveSide> {
  const pems = await readPems(which, described);
  const name = nameOfSide(described);
  const timestamps = openTimestamps(which, described, pems);
  const parts =
    described.store.kind === "postgres"
      ? postgresParts(postgresTarget(which, described, pems))
      : cassandraParts(await named(which, name, async () => cassandraTarget(which, described, pems)));
  const { surveyor } = parts;
  return {
    ...parts,
    name,
    timestamps,
    surveyor: { ...surveyor, survey: async () => named(which, name, async () => surveyor.survey()) },
    openSource: async () => named(which, name, async () => parts.openSource()),
    openSink: async () => named(which, name, async () => parts.openSink()),
  };
}

type StoreParts = Pick<MoveSide, "bound" | "surveyor" | "openSource" | "openSink">;

function postgresParts(target: PostgresTarget): StoreParts {
  return {
    bound: postgresBoundStore(target),
    surveyor: postgresSurveyor(target),
    openSource: async () => postgresCellSource(target),
    openSink: async () => postgresCellSink(target),
  };
}

function cassandraParts(target: CassandraTarget): StoreParts {
  return {
    bound: cassandraBoundStore(target),
    surveyor: cassandraSurveyor(target),
    openSource: async () => openCassandraCellSource(target),
    openSink: async () => openCassandraCellSink(target),
  };
}

/** A store's words do not say which of the two it is. */
async function named<T>(which: string, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const message = `The ${which} (${name}): ${error.message}`;
    throw new AdapterError(error.code, error.effect, message, { cause: error });
  }
}

async function readPems(which: string, { ca, cert, key }: DescribedSide): Promise<Pems> {
  const read = async (file: string) => readText(which, path.resolve(file));
  return {
    ...(ca === null ? {} : { ca: await read(ca) }),
    ...(cert === null ? {} : { cert: await read(cert) }),
    ...(key === null ? {} : { key: await read(key) }),
  };
}

function postgresTarget(which: string, { store }: DescribedSide, pems: Pems): PostgresTarget {
  if (store.kind !== "postgres") throw new AppError("invalid", `The ${which} is no Postgres database.`);
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
  return { config: checked(which, parsed) };
}

async function cassandraTarget(
  which: string,
  { store }: DescribedSide,
  pems: Pems,
): Promise<CassandraTarget> {
  if (store.kind !== "cassandra") throw new AppError("invalid", `The ${which} is no Cassandra keyspace.`);
  const { contactPoints, keyspace, user, password, tlsMode, dataCentre } = store;
  const parsed = cassandraStoreConfig.safeParse({
    contactPoints: contactPoints.map(({ host, port }) => ({ host, port: +port })),
    localDataCenter: dataCentre ?? "unknown",
    keyspace,
    ...(user === "" ? {} : { user }),
    password,
    tls: { mode: CASSANDRA_TLS[tlsMode], ...pems },
    ...PATIENCE,
  });
  const config = checked(which, parsed);
  if (dataCentre !== null) return { config };
  return { config: { ...config, localDataCenter: await readDataCentre({ config }) } };
}

function openTimestamps(which: string, { timelock }: DescribedSide, pems: Pems): SideTimestamps {
  if (timelock === null) return { kind: "embedded" };
  const { urls, basePath, namespace } = timelock;
  const parsed = timelockConfigSchema.safeParse({ nodes: urls.map((url) => ({ url })), basePath, tls: pems });
  return {
    kind: "timelock",
    timelock: createHttpTimelock(checked(`TimeLock of the ${which}`, parsed)),
    namespace,
  };
}

function checked<T>(what: string, parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
  throw new AppError(
    "invalid",
    `The ${what} cannot be reached as it is described: ${words}. Nothing was read or changed.`,
  );
}

/** Ends what a side keeps open by itself. */
export async function closeCopySide({ timestamps }: MoveSide): Promise<void> {
  if (timestamps.kind === "timelock") await timestamps.timelock.close();
}
