import { readFile } from "node:fs/promises";
import path from "node:path";
import { AdapterError, AppError } from "#lib/errors.ts";
import type { MoveSide, SideTimestamps } from "#lib/mover/side.ts";
import { isSideUrl, type SideArguments } from "#lib/processes/copy-arguments.ts";
import { type DescribedSide, nameOfSide } from "#lib/processes/copy-side.ts";
import { checkedShape, type Pems, type StoreParts } from "#lib/processes/copy-store-parts.ts";

/** Reads what describes a side, and puts over it what the command line and the environment say. @throws AppError `invalid` */
export async function describeSide(given: SideArguments): Promise<DescribedSide> {
  const { place } = given;
  const described = isSideUrl(place) ? await describeUrl(given) : await describeFile(given);
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

// What a command does not need it does not load: a small copy takes about as long as starting up.

async function describeUrl({ which, place }: SideArguments): Promise<DescribedSide> {
  const { readSideUrl } = await import("#lib/processes/copy-side-url.ts");
  return readSideUrl(which, place);
}

async function describeFile({ which, place, runtime, root, ca }: SideArguments): Promise<DescribedSide> {
  const { readSideFile } = await import("#lib/processes/copy-side-file.ts");
  return readSideFile({
    which,
    install: await readText(which, place),
    runtime: runtime === null ? null : await readText(which, runtime),
    root,
    hasAuthority: ca !== null,
  });
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
  const timestamps = await openTimestamps(which, described, pems);
  const parts = await named(which, name, async () => openStore(which, described, pems));
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

async function openStore(which: string, { store }: DescribedSide, pems: Pems): Promise<StoreParts> {
  if (store.kind === "postgres") {
    const { openPostgresParts } = await import("#lib/processes/copy-postgres-parts.ts");
    return openPostgresParts(which, store, pems);
  }
  const { openCassandraParts } = await import("#lib/processes/copy-cassandra-parts.ts");
  return openCassandraParts(which, store, pems);
}

async function openTimestamps(
  which: string,
  { timelock }: DescribedSide,
  pems: Pems,
): Promise<SideTimestamps> {
  if (timelock === null) return { kind: "embedded" };
  const { urls, basePath, namespace } = timelock;
  const { timelockConfigSchema } = await import("#lib/timelock/schema.ts");
  const { createHttpTimelock } = await import("#lib/timelock/http-timelock.ts");
  const parsed = timelockConfigSchema.safeParse({ nodes: urls.map((url) => ({ url })), basePath, tls: pems });
  return {
    kind: "timelock",
    timelock: createHttpTimelock(checkedShape(`TimeLock of the ${which}`, parsed)),
    namespace,
  };
}

/** Ends what a side keeps open by itself. */
export async function closeCopySide({ timestamps }: MoveSide): Promise<void> {
  if (timestamps.kind === "timelock") await timestamps.timelock.close();
}
