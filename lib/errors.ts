/** What a failed call to an outside system may have done there: nothing for certain, or we cannot know. */
export type Effect = "none" | "unknown";

/** Why the product refuses something; each maps to one HTTP status in `lib/web/run-read.ts`. */
export type AppErrorCode =
  | "unauthenticated"
  /** Signed in, but who sits there has to be proved again; the page asks for it and repeats the action. */
  | "fresh-sign-in-required"
  | "forbidden"
  | "not-found"
  | "invalid"
  | "conflict"
  | "stale"
  | "unavailable";

/**
 * An expected refusal. Its message is written for the person who asked: what happened, what it means, what to do next.
 * `fields` carries messages that belong beside a form field.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: AppErrorCode;
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    code: AppErrorCode,
    message: string,
    options: { cause?: unknown; fields?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? {};
  }
}

/**
 * An outside system (TimeLock, a store) failed. `effect: "none"` is claimed only when nothing can have been changed there
 * (nothing was sent, or the answer says that nothing was done); anything else is `"unknown"` and is settled by a read-back,
 * never by repeating the call.
 */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly code: string;
  readonly effect: Effect;

  constructor(code: string, effect: Effect, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.effect = effect;
  }
}

/** A state that the code holds to be impossible was reached; always a defect in Lockstep itself. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Makes a `switch` over a closed union fail to compile when a member is added. @throws InvariantError always */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
