import { AppError } from "#lib/errors.ts";

/** The sentence for a port that somebody else listens on. */
export function portBusy(host: string, port: number, cause?: unknown): AppError {
  return new AppError(
    "unavailable",
    `Port ${port} of ${host} is taken by another program: give another one with --port, or end that program.`,
    { cause },
  );
}
