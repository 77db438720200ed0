import type { ConfigurationFinding, ConfigurationKind } from "#lib/atlasdb/configuration-file.ts";
import type { NodeFiles } from "#lib/atlasdb/wanted-configuration.ts";

/** One node of a service whose files are read, with the name that people gave it. */
export type ImportedNode = { readonly name: string; readonly files: NodeFiles };

/** Where in the pasted files a value stands. */
export type ImportSource = {
  readonly node: string;
  readonly file: ConfigurationKind;
  readonly line: number;
};

/** What of the inventory a value belongs to. */
export type ImportSubject = "service" | "store" | "cluster";

/**
 * One value that the inventory takes, with the place that it was read from; `source` null: no file says it, `note` says what it rests on.
 * `text` is null for a secret, which is in the proposal's own field and nowhere else.
 */
export type ImportFact = {
  readonly about: ImportSubject;
  readonly field: string;
  readonly label: string;
  readonly text: string | null;
  readonly source: ImportSource | null;
  readonly note: string | null;
};

/** What a rule says about one node's files, or about all of them together (`node` null). */
export type ImportFinding = ConfigurationFinding & { readonly node: string | null };

/** How to get PEM out of a key store, or another file, that the configuration names by path: its content is in no configuration file. */
export type KeyStoreAdvice = {
  readonly about: "store" | "cluster";
  readonly title: string;
  readonly commands: string;
  readonly source: ImportSource;
};

/** One address with its port. */
export type HostAndPort = { readonly host: string; readonly port: string };

/** A store as the files name it, in the words of the inventory's form; blank where they do not say. */
export type ProposedStore =
  | {
      readonly kind: "postgres";
      readonly name: string;
      readonly host: string;
      readonly port: string;
      readonly database: string;
      readonly user: string;
      readonly password: string;
      readonly tlsMode: "disable" | "require" | "verify-ca" | "verify-full";
      readonly tablePrefix: string;
    }
  | {
      readonly kind: "oracle";
      readonly name: string;
      readonly host: string;
      readonly port: string;
      readonly naming: "service-name" | "sid";
      readonly database: string;
      readonly user: string;
      readonly tablePrefix: string;
    }
  | {
      readonly kind: "cassandra";
      readonly name: string;
      readonly contactPoints: readonly HostAndPort[];
      readonly keyspace: string;
      readonly user: string;
      readonly password: string;
      readonly tlsMode: "disable" | "verify-full";
    };

/** A TimeLock cluster as the files name it: addresses without path, and the path that they share. */
export type ProposedCluster = {
  readonly name: string;
  readonly basePath: string;
  readonly urls: readonly string[];
};

/** A service as the files name it. */
export type ProposedService = {
  readonly name: string;
  readonly timestampSource: "embedded" | "timelock";
  readonly namespace: string;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
};

/** Everything that was read, ready for review. Holds the store's password: it must not leave the browser but as a form's secret. */
export type ImportProposal = {
  readonly service: ProposedService;
  readonly store: ProposedStore | null;
  readonly cluster: ProposedCluster | null;
  readonly facts: readonly ImportFact[];
  readonly findings: readonly ImportFinding[];
  readonly advice: readonly KeyStoreAdvice[];
};

/** The proposal, or why some file cannot be read at all. */
export type ImportReading =
  | { readonly ok: true; readonly proposal: ImportProposal }
  | { readonly ok: false; readonly findings: readonly ImportFinding[] };
