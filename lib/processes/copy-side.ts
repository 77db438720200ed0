import type { HostAndPort } from "#lib/atlasdb/import-proposal.ts";
import type { TlsMode } from "#lib/stores/schema.ts";

/** A store as a file or a URL describes it; blank where it does not say, null where nothing is meant. Passwords in the clear. */
export type DescribedStore =
  | {
      readonly kind: "postgres";
      readonly host: string;
      readonly port: string;
      readonly database: string;
      readonly schema: string | null;
      readonly user: string;
      readonly password: string;
      readonly tlsMode: TlsMode;
      readonly tablePrefix: string;
    }
  | {
      readonly kind: "cassandra";
      readonly contactPoints: readonly HostAndPort[];
      readonly keyspace: string;
      readonly user: string;
      readonly password: string;
      readonly tlsMode: TlsMode;
      readonly dataCentre: string | null;
    };

/** The TimeLock cluster and the namespace that a side takes its timestamps from. */
export type DescribedTimelock = {
  readonly urls: readonly string[];
  readonly basePath: string;
  readonly namespace: string;
};

/** A side before anything is connected. `timelock` null: the bound in its own store. `notes` are for the person, without secrets. */
export type DescribedSide = {
  readonly store: DescribedStore;
  readonly timelock: DescribedTimelock | null;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly notes: readonly string[];
};

/** The side in a few words, as it was named; never a secret. */
export function nameOfSide({ store }: DescribedSide): string {
  if (store.kind === "postgres") return `${store.database} on ${store.host}:${store.port}`;
  const points = store.contactPoints.map(({ host, port }) => `${host}:${port}`).join(", ");
  return `${store.keyspace} on ${points}`;
}

/** What tells one pair of sides from another: where the data is, not how it is reached. Names a state folder. */
export function placeOfSide({ store }: DescribedSide): readonly string[] {
  if (store.kind === "postgres") {
    return ["postgres", `${store.host}:${store.port}`, store.database, store.schema ?? "", store.tablePrefix];
  }
  const points = store.contactPoints.map(({ host, port }) => `${host}:${port}`).toSorted();
  return ["cassandra", points.join(","), store.keyspace];
}
