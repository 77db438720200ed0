import { AdapterError, AppError } from "#lib/errors.ts";

/**
 * What a failure means for a copy. `transient`: try the chunk again; `poison`: this range cannot go on without a person, others can;
 * `fatal`: nothing can, pause the run; `lost`: another worker has the shard, say nothing more about it.
 */
export type ErrorClass = "transient" | "poison" | "fatal" | "lost";

/** Codes of AdapterErrors that say what to do. Whatever is not listed is poison: never repeated blindly, never stopping the others. */
const CLASSES: Readonly<Record<string, ErrorClass>> = {
  "lease-lost": "lost",

  "commit-unanswered": "transient",
  "connection-lost": "transient",
  "connection-refused": "transient",
  "name-not-found": "transient",
  "name-unknown": "transient",
  "no-answer": "transient",
  "nodes-down": "transient",
  "read-failure": "transient",
  "read-timeout": "transient",
  "server-starting": "transient",
  starting: "transient",
  "statement-timeout": "transient",
  "lock-timeout": "transient",
  "timed-out": "transient",
  "too-many-connections": "transient",
  unreachable: "transient",
  unavailable: "transient",
  overloaded: "transient",
  "rolled-back": "transient",
  "serialization-failure": "transient",
  "write-failure": "transient",
  "write-timeout": "transient",

  "address-denied": "fatal",
  "authentication-failed": "fatal",
  "coordination-unreadable": "fatal",
  "data-centre-unknown": "fatal",
  "database-missing": "fatal",
  "disk-failed": "fatal",
  "disk-full": "fatal",
  "gave-up": "fatal",
  "keyspace-missing": "fatal",
  "ledger-unwritable": "fatal",
  "not-allowed": "fatal",
  "not-cassandra": "fatal",
  "not-postgres": "fatal",
  "partitioner-unsupported": "fatal",
  "permission-denied": "fatal",
  "progress-missing": "fatal",
  "read-only": "fatal",
  "schema-missing": "fatal",
  "set-up-anew": "fatal",
  "table-missing": "fatal",
  "tls-client-refused": "fatal",
  "tls-expired": "fatal",
  "tls-failed": "fatal",
  "tls-name-mismatch": "fatal",
  "tls-not-offered": "fatal",
  "tls-untrusted": "fatal",
  "unsupported-version": "fatal",
};

/** How a copy reacts to this failure, and the words that go with it. A defect of our own is fatal. */
export function classifyError(error: unknown): {
  readonly class: ErrorClass;
  readonly code: string;
  readonly message: string;
} {
  if (error instanceof AdapterError) {
    return { class: CLASSES[error.code] ?? "poison", code: error.code, message: error.message };
  }
  if (error instanceof AppError) return { class: "fatal", code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : "an unknown failure";
  return {
    class: "fatal",
    code: "defect",
    message: `Lockstep itself failed: ${message}. What was recorded as copied is intact. Please report this.`,
  };
}
