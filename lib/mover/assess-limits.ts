import { attestable, blocking, type Finding, pass, unknown, warning } from "#lib/engine/finding.ts";
import type { DroppedTable } from "#lib/mover/assess-report.ts";
import { describeBytes } from "#lib/mover/assess-sizes.ts";
import { someOf } from "#lib/mover/assess-stores.ts";
import type { TableProbe } from "#lib/mover/probe-table.ts";
import type { StorePlace } from "#lib/mover/store-survey.ts";

type Kind = StorePlace["kind"];

/** What one write may hold on a Cassandra server with default settings: half a commit log segment. */
const CASSANDRA_VALUE_MAX = 16 * 1_024 * 1_024;

/** What an entry of a Postgres index may hold, less its own overhead; bytes that repeat are compressed first. */
const POSTGRES_KEY_MAX = 2_680;

/**
 * Whether values and keys that were looked at are ones that the destination takes. A value is refused by the servers' settings, a key by
 * the primary key that AtlasDB gives a table. Looks at samples: what is larger elsewhere stops its own range by name. Source: atlasdb-facts G.7
 */
export function judgeLimits(destination: Kind, probes: ReadonlyMap<string, TableProbe>): Finding {
  const id = "move.limits";
  const looked = [...probes.values()].reduce((sum, probe) => sum + probe.looked, 0);
  const largest = [...probes.values()].reduce((most, { largestValue }) => Math.max(most, largestValue), 0);
  const large = [...probes].filter(([, probe]) =>
    destination === "cassandra"
      ? probe.largestValue > CASSANDRA_VALUE_MAX
      : probe.largestKey > POSTGRES_KEY_MAX,
  );
  const elsewhere = `Among ${looked} versions looked at, the largest value has ${describeBytes(largest)}. Larger ones elsewhere would stop their range of the copy, by name, and the others would go on.`;
  if (large.length === 0)
    return pass(id, "The destination takes every value and key that was looked at", { detail: elsewhere });
  const names = someOf(large.map(([name]) => name));
  if (destination === "cassandra") {
    return attestable(
      unknown(id, "Some values are larger than a Cassandra server takes by default", {
        detail: `In ${names}, up to ${describeBytes(largest)}; with default settings one write holds ${describeBytes(CASSANDRA_VALUE_MAX)}. How the servers are set up cannot be read.`,
        remedy:
          "Look at commitlog_segment_size on every server: it must be more than twice the largest value.",
      }),
      "The destination's servers take values of this size",
    );
  }
  return attestable(
    unknown(id, "Some keys may be larger than a Postgres index takes", {
      detail: `In ${names}, up to ${Math.max(...large.map(([, { largestKey }]) => largestKey))} bytes of row and column; an index entry holds about ${POSTGRES_KEY_MAX} after compression.`,
      remedy:
        "Keys with bytes that repeat are compressed and fit. Try the copy into a scratch database first.",
    }),
    "A copy into a scratch database has shown that all keys fit",
  );
}

/** What a destination without room does to a copy; Cassandra does not tell a full disk from any other failing write. */
const FULL_DISK = {
  postgres: "A full disk pauses the copy and harms nothing.",
  cassandra:
    "On a full disk writes fail; the copy tries them again, stops when nothing has moved for ten minutes, and loses nothing.",
} as const;

/** Room in the destination, which no server tells our user. */
export function judgeSpace(
  destination: Kind,
  bytes: number | null,
  dropped: readonly DroppedTable[],
): Finding {
  const amount = bytes === null ? "an amount that could not be estimated" : `about ${describeBytes(bytes)}`;
  const known = dropped.flatMap((table) => (table.bytes === null ? [] : [table.bytes]));
  const freed = known.reduce((sum, one) => sum + one, 0);
  return warning(
    "move.space",
    `The destination takes up ${amount} of data; how much room it has is unknown`,
    {
      detail: [
        "No server tells it.",
        "Indexes, replicas and compaction come on top: have at least three times as much room on each of its disks.",
        ...(freed > 0 ? [freedWords(destination, freed, known.length < dropped.length)] : []),
        FULL_DISK[destination],
      ].join(" "),
    },
  );
}

function freedWords(destination: Kind, freed: number, isMore: boolean): string {
  const amount = `${isMore ? "at least " : "about "}${describeBytes(freed)}`;
  return destination === "postgres"
    ? `The tables that are dropped give back ${amount}.`
    : `The tables that are dropped hold ${amount}; Cassandra keeps a snapshot of them by default, so that their room comes back only with nodetool clearsnapshot.`;
}

/** A keyspace that is not there. `words` are the adapter's, with what creates it. Source: atlasdb-facts E.1 */
export function judgeNoDestination(words: string): Finding {
  return blocking("move.catalogue.destination", "The destination's keyspace does not exist yet", {
    detail: words,
    remedy:
      "Create it, with the replication that the service is to have, then assess again. Empty it is a pristine destination.",
  });
}
