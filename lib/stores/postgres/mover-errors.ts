import { AdapterError } from "#lib/errors.ts";
import { onCommit, sqlState, uncommitted } from "#lib/stores/postgres/errors.ts";

const MOVER_STATES: Readonly<Record<string, readonly [code: string, words: string]>> = {
  "23505": [
    "already-there",
    "The destination already holds a cell that is to be copied. Something else wrote there, or the tables were not created anew.",
  ],
  "40001": ["serialization-failure", "The server could not order two transactions."],
  "40P01": ["serialization-failure", "The server ended a deadlock."],
  "42P01": ["table-missing", "A table that is to be read or written is not there."],
  "53100": ["disk-full", "The disk of the server is full."],
  "53200": ["overloaded", "The server is out of memory for us."],
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

/** What is no answer of the server comes from a stream or socket that ended under us, in one of many words. */
function offTheWire(error: AdapterError): AdapterError {
  return error.code === "server-error"
    ? new AdapterError("connection-lost", error.effect, error.message, { cause: error.cause })
    : error;
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
