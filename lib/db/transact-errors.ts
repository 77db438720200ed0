import { AppError } from "#lib/errors.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const DEADLOCK = "40P01";
const SERIALIZATION = "40001";
const QUERY_CANCELLED = "57014";

// Prisma's codes for a database that cannot be reached or gives no transaction in time.
const UNREACHABLE = new Set([
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  "P2028",
  "ECONNREFUSED",
  "ECONNRESET",
]);

/** The SQLSTATE of a failed statement wherever Prisma or its driver adapter put it; null where there is none. */
export function sqlStateOf(error: unknown): string | null {
  for (let depth = 0, at: unknown = error; depth < 6 && isRecord(at); depth += 1) {
    for (const key of ["originalCode", "code"]) {
      const code = at[key];
      if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^P\d{4}$/.test(code)) return code;
    }
    at = at["cause"] ?? at["driverAdapterError"] ?? at["meta"];
  }
  return null;
}

/**
 * Words for what the database did to a transaction: a lock that stayed taken, or a dead-lock, is a `conflict` for the person; a
 * database that does not answer is `unavailable`; everything else is handed back as it came.
 */
export function explainDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isRecord(error) && typeof error["code"] === "string" && UNREACHABLE.has(error["code"])) {
    return new AppError(
      "unavailable",
      "The console's own database does not answer. Nothing was changed. Try again in a moment.",
      { cause: error },
    );
  }
  switch (sqlStateOf(error)) {
    case LOCK_NOT_AVAILABLE:
    case DEADLOCK:
    case SERIALIZATION:
    case QUERY_CANCELLED:
      return new AppError(
        "conflict",
        "Somebody else is changing the same thing right now. Nothing was changed. Reload the page and try again.",
        { cause: error },
      );
    default:
      return error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
