import type { ImportFinding, ImportProposal, KeyStoreAdvice } from "#lib/atlasdb/import-proposal.ts";
import { readImport } from "#lib/atlasdb/import-configuration.ts";
import { AppError } from "#lib/errors.ts";
import type { DescribedSide, DescribedStore, DescribedTimelock } from "#lib/processes/copy-side.ts";
import { oracleRefusal } from "#lib/processes/refuse-oracle.ts";

/** The text of a side's files, and what was said about them on the command line. */
export type SideFiles = {
  readonly which: "source" | "destination";
  readonly install: string;
  readonly runtime: string | null;
  readonly root: string | null;
  readonly hasAuthority: boolean;
};

/**
 * Reads a side from AtlasDB's YAML by AtlasDB's own rules; other top-level YAML is ignored. Without a timelock block the side uses its
 * embedded bound. @throws AppError `invalid` with everything that stands in the way; never a secret in its words
 */
export function readSideFile(files: SideFiles): DescribedSide {
  const { which, install, runtime, root } = files;
  const reading = readImport([
    {
      name: which,
      files: {
        install: { text: install, ...(root === null ? {} : { root }) },
        runtime: runtime === null ? null : { text: runtime },
      },
    },
  ]);
  const findings = reading.ok ? reading.proposal.findings : reading.findings;
  const blocking = findings.filter(({ severity }) => severity === "blocking");
  if (!reading.ok || blocking.length > 0) throw cannotUse(which, blocking);
  const { proposal } = reading;
  requireReadableTrust(files, proposal);
  const warnings = findings.filter(({ severity }) => severity === "warning");
  return {
    store: storeOf(which, proposal),
    timelock: timelockOf(which, proposal),
    ca: null,
    cert: null,
    key: null,
    notes: [...warnings.map(wordsOf), ...notesOf(proposal)],
  };
}

function wordsOf({ file, line, message }: ImportFinding): string {
  return `${file} file${line === null ? "" : `, line ${line}`}: ${message}`;
}

function cannotUse(which: string, findings: readonly ImportFinding[]): AppError {
  const lines = findings.map((finding) => `  ${wordsOf(finding)}`).join("\n");
  return new AppError(
    "invalid",
    `The configuration of the ${which} cannot be used. Nothing was read or changed.\n${lines}`,
  );
}

/** What the files leave open and a person may have to say. */
function notesOf({ facts, store }: ImportProposal): readonly string[] {
  return facts.flatMap(({ about, field, label, note }) => {
    const isOpen = about === "store" && ["tlsMode", "password"].includes(field);
    if (note === null || !isOpen) return [];
    if (field === "password" && store?.kind !== "oracle" && store?.user === "") return [];
    return [`${label}: ${note}`];
  });
}

function storeOf(which: string, { store }: ImportProposal): DescribedStore {
  if (store === null)
    throw new AppError(
      "invalid",
      `The configuration of the ${which} names no store. Nothing was read or changed.`,
    );
  switch (store.kind) {
    case "postgres":
      return { ...store, schema: null };
    case "cassandra":
      return { ...store, dataCentre: null };
    case "oracle":
      throw oracleRefusal(which);
  }
}

function timelockOf(which: string, { service, cluster }: ImportProposal): DescribedTimelock | null {
  if (service.timestampSource === "embedded") return null;
  if (cluster === null || service.namespace === "")
    throw new AppError(
      "invalid",
      `The configuration of the ${which} says that its timestamps come from TimeLock, but not from which servers or namespace. Name its runtime file with --${which}-runtime. Nothing was read or changed.`,
    );
  return { urls: cluster.urls, basePath: cluster.basePath, namespace: service.namespace };
}

/** AtlasDB's trust stores are Java's own; what is inside has to be given as PEM. */
function requireReadableTrust({ which, hasAuthority }: SideFiles, proposal: ImportProposal): void {
  if (hasAuthority) return;
  const needed = proposal.advice.filter((advice) => isNeeded(advice, proposal));
  if (needed.length === 0) return;
  const commands = needed.map(({ title, commands: text }) => `# ${title}\n${text}`).join("\n");
  throw new AppError(
    "invalid",
    `The configuration of the ${which} names trust and key stores that Lockstep does not read. Turn them into PEM and name that with --${which}-ca FILE, and --${which}-cert and --${which}-key where a client certificate is wanted. One file may hold the authorities of both the store and TimeLock. Nothing was read or changed.\n${commands}`,
  );
}

/** Without TLS nothing is trusted, so nothing is needed. */
function isNeeded({ about }: KeyStoreAdvice, { store, cluster }: ImportProposal): boolean {
  if (about === "cluster") return cluster?.urls.some((url) => url.startsWith("https:")) === true;
  return store !== null && store.kind !== "oracle" && !["disable", "require"].includes(store.tlsMode);
}
