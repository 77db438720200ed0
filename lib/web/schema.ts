import type { AppErrorCode } from "#lib/errors.ts";

/**
 * What a server action answers. Expected refusals are values: `message` is for the person, `fields` for the form, and what
 * was typed stays. `unexpected` is a defect or an outage; its message names the request, and the log has the rest.
 */
export type ActionResult<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: AppErrorCode | "unexpected";
      readonly message: string;
      readonly fields: Readonly<Record<string, string>>;
    };
