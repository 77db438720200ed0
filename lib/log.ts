import pino from "pino";

/** Writes structured log lines: JSON on standard output, which the launcher keeps under the data folder. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error" | "child">;

const SECRET_KEY =
  /password|secret|token|authorization|cookie|credential|private.?key|connection.?string|database.?url/i;
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^:/?#\s"@]*:)[^@\s"]+@/gi, "$1***@"],
  [/(\/setup\/)[A-Za-z0-9_-]{16,}/g, "$1***"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/g, "$1 ***"],
];
const DEPTH_MAX = 6;

/** A log for one part of the product; `fields` (such as a request id) stand in every line of it. */
export function logFor(part: string, fields: Readonly<Record<string, string>> = {}): Log {
  return root.child({ part, ...fields });
}

/**
 * The same value without secrets: members whose name speaks of one are replaced, whatever they hold, and passwords in
 * addresses and authorization headers are cut out of texts. Errors become name, message, stack and causes.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return cutSecrets(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "…";
  if (value instanceof Error) return errorWithoutSecrets(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      SECRET_KEY.test(key) && member !== undefined && member !== null
        ? "***"
        : withoutSecrets(member, depth + 1),
    ]),
  );
}

/** A text without the passwords of addresses in it and without authorization headers. */
export function cutSecrets(text: string): string {
  return SECRETS_IN_TEXT.reduce(
    (kept, [pattern, replacement]) => kept.replaceAll(pattern, replacement),
    text,
  );
}

function errorWithoutSecrets(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    message: cutSecrets(error.message),
    ...("code" in error ? { code: String(error.code) } : {}),
    stack: cutSecrets(error.stack ?? ""),
    ...(error.cause === undefined ? {} : { cause: withoutSecrets(error.cause, depth + 1) }),
  };
}

const root = pino({
  level: process.env["LOCKSTEP_LOG_LEVEL"] ?? "info",
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: {
    level: (label) => ({ level: label }),
    log: (object) => withoutSecrets(object) as Record<string, unknown>,
  },
  serializers: { err: (error: unknown) => withoutSecrets(error) },
  hooks: { streamWrite: cutSecrets },
});
