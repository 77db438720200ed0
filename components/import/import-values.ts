import type { NodeValues } from "#components/inventory/cluster-nodes-editor.tsx";
import type { ServiceNodeValues } from "#components/inventory/service-rows-editors.tsx";
import {
  initialStoreValues,
  storeConnectionFields,
  type StoreFormValues,
} from "#components/inventory/store-form-values.ts";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import type { ImportProposal, ProposedStore } from "#lib/atlasdb/import-proposal.ts";
import type { TimestampSource } from "#lib/inventory/schema.ts";

/** What the person chose for a part: one that is there already, by id, or a new one. */
export type PartChoice = { readonly use: "existing" | "new"; readonly id: string };

/** A new cluster as it is typed. */
export interface ClusterValues {
  name: string;
  basePath: string;
  nodes: readonly NodeValues[];
  serverName: string;
  caCertificates: string;
  clientCertificate: string;
  clientKey: string;
  removeClientKey: boolean;
  token: string;
}

/** The service as it is typed. */
export interface ServiceValues {
  name: string;
  timestampSource: TimestampSource;
  namespace: string;
  atlasdbVersion: string;
  notes: string;
  nodes: readonly ServiceNodeValues[];
}

/** The store's form as the files fill it in. */
export function storeValuesOf(store: ProposedStore | null, environmentId: string): StoreFormValues {
  const empty = initialStoreValues(undefined, environmentId);
  if (store === null) return empty;
  const { kind, name, user } = store;
  const common = { ...empty, kind, name, user };
  switch (store.kind) {
    case "postgres":
      return {
        ...common,
        host: store.host,
        postgresPort: store.port,
        postgresDatabase: store.database,
        postgresPrefix: store.tablePrefix,
        password: store.password,
        tlsMode: store.tlsMode,
      };
    case "oracle":
      return {
        ...common,
        host: store.host,
        oraclePort: store.port,
        oracleNaming: store.naming,
        oracleDatabase: store.database,
        oraclePrefix: store.tablePrefix,
      };
    case "cassandra":
      return {
        ...common,
        contactPoints: store.contactPoints.length === 0 ? empty.contactPoints : store.contactPoints,
        keyspace: store.keyspace,
        password: store.password,
        cassandraTlsMode: store.tlsMode,
      };
  }
}

/** The cluster's form as the files fill it in. */
export function clusterValuesOf({ cluster }: ImportProposal): ClusterValues {
  const urls = cluster?.urls ?? [""];
  return {
    name: cluster?.name ?? "",
    basePath: cluster?.basePath ?? "",
    nodes: urls.map((url) => ({ url, alias: "" })),
    serverName: "",
    caCertificates: "",
    clientCertificate: "",
    clientKey: "",
    removeClientKey: false,
    token: "",
  };
}

/** The service's form as the files fill it in. */
export function serviceValuesOf({ service }: ImportProposal): ServiceValues {
  return {
    name: service.name,
    timestampSource: service.timestampSource,
    namespace: service.namespace,
    atlasdbVersion: "",
    notes: "",
    nodes: service.nodes.map(({ name, address }) => ({ id: null, name, address, kind: "node" as const })),
  };
}

interface ImportForm {
  environmentId: string;
  proposal: ImportProposal;
  store: { choice: PartChoice; values: StoreFormValues };
  cluster: { choice: PartChoice; values: ClusterValues } | null;
  service: ServiceValues;
}

/** What is sent to save everything; the files themselves are not. */
export function importInput({ environmentId, proposal, store, cluster, service }: ImportForm) {
  return {
    environmentId,
    store: partInput(store.choice, () => ({
      environmentId,
      name: store.values.name,
      ...storeConnectionFields(store.values),
    })),
    cluster:
      cluster === null
        ? { use: "none" }
        : partInput(cluster.choice, () => ({
            environmentId,
            ...cluster.values,
            balancer: false,
            removeToken: false,
          })),
    service: { ...service, dependents: [] },
    sources: proposal.facts.flatMap(({ about, field, source }) =>
      source === null ? [] : [{ about, field, ...source }],
    ),
  };
}

function partInput(choice: PartChoice, fields: () => object) {
  return choice.use === "existing"
    ? { use: choice.use, id: choice.id }
    : { use: choice.use, fields: fields() };
}

/** The errors of one part, with its own field names. */
export function errorsUnder(fields: FieldErrors, path: string): FieldErrors {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, words]) =>
      field.startsWith(`${path}.`) ? [[field.slice(path.length + 1), words]] : [],
    ),
  );
}
