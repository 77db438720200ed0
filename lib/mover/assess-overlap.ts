import { attestable, blocking, type Finding, pass, unknown, warning } from "#lib/engine/finding.ts";
import type { StorePlace } from "#lib/mover/store-survey.ts";

/** Whether a mark shown by one server was seen on the other; `unknown` where none could be shown. */
export type SameServer = "same" | "other" | "unknown";

type Postgres = Extract<StorePlace, { kind: "postgres" }>;
type Cassandra = Extract<StorePlace, { kind: "cassandra" }>;

const ID = "move.overlap";
const SAME_STORE =
  "Setting up the destination drops its tables, so the service's own data would be lost. Check both addresses, and name another store as the destination.";

/**
 * Whether the two stores are one, or share their tables or catalogue, by what the servers are and not by what they are called.
 * Source: atlasdb-facts H28, D.2 (`_metadata` is never prefixed)
 */
export function judgeOverlap(source: StorePlace, destination: StorePlace, server: SameServer): Finding {
  if (source.kind === "postgres" && destination.kind === "postgres")
    return judgePostgres(source, destination, server);
  if (source.kind === "cassandra" && destination.kind === "cassandra")
    return judgeCassandra(source, destination);
  return pass(ID, "The two stores are of different kinds");
}

function judgePostgres(source: Postgres, destination: Postgres, server: SameServer): Finding {
  const isRecovering = source.inRecovery || destination.inRecovery;
  const areIdsKnown = source.system !== null && destination.system !== null;
  const haveOneId = areIdsKnown && source.system === destination.system;
  if (server === "same") return judgeOneServer(source, destination, "The two addresses lead to one server");
  if (haveOneId && (isRecovering || server === "unknown")) {
    return judgeOneServer(source, destination, "One of the two servers may be a replica of the other");
  }
  if (haveOneId) {
    return warning(ID, "The two servers have one system identifier", {
      detail:
        "They are two running servers, and one was once made from the other, as by restoring a backup. Make sure that the destination is the one that may be overwritten.",
    });
  }
  if (areIdsKnown || (server === "other" && !isRecovering))
    return pass(ID, "The two stores are on different servers");
  return attestable(
    unknown(ID, "Whether the two stores are on one server is not known", {
      detail: "A server hides its system identifier from our user, and one may be a replica of the other.",
      remedy:
        "Let our user run pg_control_system() on both servers, or check on the machines themselves that the two stores are different ones.",
    }),
    "The two stores are different ones, and neither is a replica of the other",
  );
}

function judgeOneServer(source: Postgres, destination: Postgres, title: string): Finding {
  if (source.database !== destination.database) return pass(ID, `${title}, and the databases are different`);
  if (source.schema !== destination.schema) {
    return warning(ID, `${title}, and both stores are in the database ${source.database}`, {
      detail: `They are in the schemas ${source.schema} and ${destination.schema}. Each service must find only its own by its search path.`,
    });
  }
  if (source.prefix === destination.prefix) {
    return blocking(ID, "Source and destination are the same store", {
      detail: `${title}, and both mean the database ${source.database}, schema ${source.schema}.`,
      remedy: SAME_STORE,
    });
  }
  return blocking(ID, "Source and destination share one catalogue", {
    detail: `${title}. The tables of the prefixes "${source.prefix}" and "${destination.prefix}" are listed in one _metadata, which AtlasDB does not prefix.`,
    remedy: SAME_STORE,
  });
}

function judgeCassandra(source: Cassandra, destination: Cassandra): Finding {
  const isShared = source.hostIds.some((id) => destination.hostIds.includes(id));
  const areIdsKnown = source.hostIds.length > 0 && destination.hostIds.length > 0;
  if (!isShared && areIdsKnown) return pass(ID, "The two stores are on different clusters");
  if (!isShared) return judgeHiddenCluster(source, destination);
  if (source.keyspace === destination.keyspace) {
    return blocking(ID, "Source and destination are the same store", {
      detail: `The two addresses lead to one cluster (${source.cluster}), and both mean the keyspace ${source.keyspace}.`,
      remedy: SAME_STORE,
    });
  }
  if (source.keyspace.toLowerCase() === destination.keyspace.toLowerCase()) {
    return warning(ID, "The two keyspaces differ by upper and lower case only", {
      detail: `The cluster ${source.cluster} has both ${source.keyspace} and ${destination.keyspace}. A client that does not quote its keyspace means the one in lower case.`,
    });
  }
  return pass(ID, "The two stores are different keyspaces of one cluster");
}

function judgeHiddenCluster(source: Cassandra, destination: Cassandra): Finding {
  if (source.keyspace !== destination.keyspace) return pass(ID, "The two stores are different keyspaces");
  return attestable(
    unknown(ID, "Whether the two stores are on one cluster is not known", {
      detail: `Neither shared nor different host ids can be seen, and both mean the keyspace ${source.keyspace}.`,
      remedy: "Let our user read system.local and system.peers on both clusters, or compare their host ids.",
    }),
    "The two stores are on different clusters",
  );
}
