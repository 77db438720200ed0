import { AdapterError } from "#lib/errors.ts";
import { onCommit, sqlState, uncommitted } from "#lib/stores/postgres/errors.ts";

const MOVER_STATES: Readonly<Record<string, readonly [code: string, words: string]>> = {
  "23505": [
    "already-there",
    "The destination already holds a cell that is to be copied. Something else wrote there, or the tables were not created anew.",
  ],
  // Also a standby's recovery that ends a read, and whoever reads there.
  "40001": ["serialization-failure", "The server could not let this transaction go on beside others."],
  "40P01": ["serialization-failure", "The server ended a deadlock."],
  "25P03": ["connection-lost", "The server ended a session that it took for idle."],
  "25P04": ["connection-lost", "The server ended a transaction that it found too long."],
  "3F000": ["schema-missing", "The schema of the store is not there."],
  "42703": ["schema-missing", "A table has not the columns that AtlasDB gives it."],
  "42P01": ["table-missing", "A table that is to be read or written is not there."],
  "53100": ["disk-full", "The disk of the server is full."],
  "53200": ["overloaded", "The server is out of memory for us."],
  "55P03": ["lock-timeout", "Another session holds a lock that we need for longer than we wait."],
  "58030": ["disk-failed", "The disk of the server failed."],
};

/** As `uncommitted`, with the codes by which a copy decides how to go on. */
export function moverError(error: unknown): AdapterError {
  const state = sqlState(error);
  const known = MOVER_STATES[state ?? ""];
  if (known === undefined) return state === null ? offTheWire(uncommitted(error)) : uncommitted(error);
  const cause = error instanceof AdapterError ? error.cause : error;
  const said = cause instanceof Error ? ` The server says: ${cause.message}.` : "";
  return new AdapterError(known[0], "none", `${known[1]}${said} The running chunk was rolled back.`, {
    cause,
  });
}

/**
 * What is no answer of the server comes from a stream or socket that ended under us, in one of many words; those of a connection that was cut
 * in its TLS handshake sound as if the certificates were wrong.
 */
function offTheWire(error: AdapterError): AdapterError {
  return error.code === "server-error" || wasCut(error.cause)
    ? new AdapterError("connection-lost", error.effect, error.message, { cause: error.cause })
    : error;
}

function wasCut(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}

/** As `onCommit`, with those codes. */
export function moverCommitError(error: unknown): AdapterError {
  const explained = onCommit(error);
  return explained.effect === "none" ? moverError(error) : explained;
}

/** Another attempt has the shard; what was not committed is rolled back. */
export function leaseLost(table: string): AdapterError {
  return new AdapterError(
    "lease-lost",
    "none",
    `Another worker has taken over this range of ${table}. What was not yet recorded was rolled back.`,
  );
}
