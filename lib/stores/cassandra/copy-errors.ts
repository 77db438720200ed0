import { errors } from "cassandra-driver";

import { AdapterError, AppError, type Effect } from "#lib/errors.ts";
import { explain, innermost } from "#lib/stores/cassandra/errors.ts";

/** Words of the failures that `explain` tells in terms of the bound. */
const WORDS: Readonly<Record<string, string>> = {
  "nodes-down":
    "Too few of the nodes that hold the data are up for the consistency level that AtlasDB uses. See which nodes are down.",
  "read-timeout": "Too few of the nodes that hold the data answered in time. They may be overloaded.",
  "read-failure":
    "A node failed while it read the data. Too many deleted cells in one place can cause it; see its log.",
  "write-timeout":
    "Too few of the nodes that hold the data confirmed a write in time. They may be overloaded.",
  "write-failure": "A node failed while it wrote the data. See its log; its disk may be full.",
};

const BY_MESSAGE: readonly (readonly [RegExp, code: string, words: string])[] = [
  [
    /unable to perform auth(entication|orization)/i,
    "starting",
    "The node cannot reach those that keep users and rights, so it lets nobody in just now.",
  ],
  [
    /keyspace .*does not exist/i,
    "keyspace-missing",
    "The keyspace is not there: it was dropped since the move began.",
  ],
  [
    /unconfigured (table|columnfamily)|table .*does not exist/i,
    "table-missing",
    "The table is not there: it was dropped since it was listed, or never created.",
  ],
  [
    /too large|max(imum)? (size|mutation)|exceed/i,
    "value-too-large",
    "A row or value is larger than the server accepts in one write. Raise commitlog_segment_size_in_mb and native_transport_max_frame_size_in_mb on every node, or keep this data out of the move.",
  ],
];

/**
 * A failed read or write of cells, in words for the person. Writes of cells are the same whenever they are repeated (same key, same write
 * time, same value), so a write whose outcome is unknown may simply be written again.
 */
export function copyFailure(error: unknown, effect: Effect): AdapterError {
  if (error instanceof AdapterError) return error;
  if (error instanceof AppError) {
    return new AdapterError("address-denied", "none", error.message, { cause: error });
  }
  if (nobodyTried(error)) {
    const words = "No node of the local data centre can be reached just now.";
    return new AdapterError("unreachable", effect, words, { cause: error });
  }
  const { text, matched } = wordsOf(error);
  const { code, message } = explain(error);
  const [, matchedCode, matchedWords] = matched ?? [];
  const words = matchedWords ?? WORDS[code];
  const told =
    words === undefined
      ? message
      : `${words}${text === "" ? "" : ` The server says: ${text.slice(0, 500)}.`}`;
  const after = effect === "none" ? " Nothing was changed in the store." : "";
  return new AdapterError(matchedCode ?? code, effect, `${told}${after}`, { cause: error });
}

/** What the server said, under the driver's own error where it tried several nodes, and what is known of it. */
function wordsOf(outer: unknown): {
  readonly text: string;
  readonly matched: (typeof BY_MESSAGE)[number] | undefined;
} {
  const error = innermost(outer);
  const text = error instanceof Error ? error.message : "";
  if (error instanceof errors.BusyConnectionError)
    return { text, matched: [/busy/, "overloaded", "Too many requests are on their way to the node."] };
  const isServers = error instanceof errors.ResponseError || error instanceof errors.AuthenticationError;
  return { text, matched: isServers ? BY_MESSAGE.find(([pattern]) => pattern.test(text)) : undefined };
}

/** While all nodes are down the driver tries none, and says so in texts instead of errors. */
function nobodyTried(error: unknown): boolean {
  if (!(error instanceof errors.NoHostAvailableError)) return false;
  return !Object.values<unknown>(error.innerErrors ?? {}).some((inner) => inner instanceof Error);
}

/** Codes after which the same request may well succeed, perhaps a smaller one. */
const PASSING: ReadonlySet<string> = new Set([
  "connection-lost",
  "connection-refused",
  "name-unknown",
  "no-answer",
  "nodes-down",
  "overloaded",
  "read-failure",
  "read-timeout",
  "starting",
  "timed-out",
  "unreachable",
  "write-failure",
  "write-timeout",
]);

/** Whether it is worth trying again shortly. */
export function isPassing(error: AdapterError): boolean {
  return PASSING.has(error.code);
}
