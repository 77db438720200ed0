import "server-only";

import type { z } from "zod";

import { AdapterError, AppError, type AppErrorCode } from "#lib/errors.ts";
import { logFor } from "#lib/log.ts";

/** A failure as the outside may see it: never a stack, never the text of a foreign error. */
export type Refusal = {
  readonly code: AppErrorCode | "unexpected";
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
};

const log = logFor("web");

/**
 * Turns whatever a verb threw into words for the person. Errors that nobody expected are logged with the request's id, and
 * the words name it.
 */
export function refusalOf(error: unknown, requestId: string): Refusal {
  if (error instanceof AppError) {
    if (error.code === "unavailable") log.warn({ requestId, err: error }, "unavailable");
    return { code: error.code, message: error.message, fields: error.fields };
  }
  log.error({ requestId, err: error }, "a request failed");
  if (error instanceof AdapterError) {
    const meaning =
      error.effect === "none"
        ? "Nothing was changed there."
        : "It is not known whether anything was changed there: look before you try again.";
    return { code: "unavailable", message: `${error.message} ${meaning}`, fields: {} };
  }
  return {
    code: "unexpected",
    message: `Lockstep failed, and nothing more was done. Reload the page to see how things stand. The log has the cause under request ${requestId}.`,
    fields: {},
  };
}

/** A refusal of input that does not parse: the first message of each field, under its dotted path. */
export function refusalOfInput(error: z.ZodError): Refusal {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) fields[issue.path.join(".")] ??= issue.message;
  const own = fields[""];
  return {
    code: "invalid",
    message: own ?? "Some fields need another look. Nothing was changed.",
    fields,
  };
}
