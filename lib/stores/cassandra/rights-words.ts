import type { StoreFinding } from "#lib/stores/schema.ts";

/** A check that holds. */
export function pass(code: string, message: string): StoreFinding {
  return { code, verdict: "pass", message: message.slice(0, 4000) };
}

/** A check whose result a person should weigh. */
export function warning(code: string, message: string): StoreFinding {
  return { code, verdict: "warning", message: message.slice(0, 4000) };
}

/** A check that must hold before a migration starts. */
export function blocking(code: string, message: string): StoreFinding {
  return { code, verdict: "blocking", message: message.slice(0, 4000) };
}

/** A check that could not be made. */
export function unknown(code: string, message: string): StoreFinding {
  return { code, verdict: "unknown", message: message.slice(0, 4000) };
}
