import type { z } from "zod";
import { AppError } from "#lib/errors.ts";
import type { MoveSide } from "#lib/mover/side.ts";

/** PEM texts, where files were named. */
export type Pems = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** What reads and changes the store of a side. */
export type StoreParts = Pick<MoveSide, "bound" | "surveyor" | "openSource" | "openSink">;

/** A person waits for a connection, and a statement over a large table takes its time. */
export const PATIENCE = { connectTimeoutMs: 10_000 } as const;

/** What was parsed. @throws AppError `invalid` with everything that is wrong; never a secret in its words */
export function checkedShape<T>(what: string, parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
  throw new AppError(
    "invalid",
    `The ${what} cannot be reached as it is described: ${words}. Nothing was read or changed.`,
  );
}
