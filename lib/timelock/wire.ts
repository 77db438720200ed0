import { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

const long = z.bigint().min(LONG_MIN).max(LONG_MAX);

/** Answer of `POST /tl/ts/{ns}`, both ends inclusive. Source: atlasdb-facts A.2, timelock-api.yml */
export const conjureRangeSchema = z.object({ inclusiveLower: long, inclusiveUpper: long });

/** Answer of `POST /{ns}/timestamp/fresh-timestamps?number=N`, both ends inclusive. Source: atlasdb-facts A.2, TimestampRange.java */
export const legacyRangeSchema = z.object({ lowerBound: long, upperBound: long });

/** Answer of `POST /tl/lt/{ns}`. Source: atlasdb-facts A.2, timelock-api.yml */
export const leaderTimeSchema = z.object({ id: z.string().min(1), currentTime: long });

/** Answer of `getNamespaces` and `getActiveNamespaces`. Source: atlasdb-facts A.2, timelock-management-api.yml */
export const namespaceListSchema = z.array(z.string());

/** Answer of `getServerLifecycleId`. Source: atlasdb-facts A.2, timelock-management-api.yml */
export const serverIdSchema = z.uuid();

/** Answer of `GET /leader/pingV2`. Source: atlasdb-facts A.2, PingableLeader.java */
export const leaderPingSchema = z.object({ isLeader: z.boolean(), timeLockVersion: z.string().nullish() });

/** Answer of `greatest-learned-value`: `data` is base64 of the eight bytes of the bound. Source: atlasdb-facts A.2, PaxosValue.java */
export const paxosValueSchema = z.object({ round: long, data: z.base64().nullish() });

/** The error body that conjure servers send with 4xx and 5xx. Source: atlasdb-facts A.4 */
export const conjureErrorSchema = z.object({
  errorCode: z.string(),
  errorName: z.string(),
  errorInstanceId: z.string().optional(),
});

/**
 * Decodes a body by a schema, whole integers as `bigint`.
 * @throws AdapterError `unexpected-answer`, effect unknown, when it is not JSON of that shape
 */
export function decodeBody<T>(schema: z.ZodType<T>, body: string, what: string): T {
  const parsed = schema.safeParse(tryParse(body));
  if (parsed.success) return parsed.data;
  throw new AdapterError(
    "unexpected-answer",
    "unknown",
    `The answer to ${what} could not be understood: ${excerpt(body)}`,
  );
}

function tryParse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** The error name in a conjure error body; null when it is none. */
export function conjureErrorName(body: string): string | null {
  const parsed = conjureErrorSchema.safeParse(tryParse(body));
  return parsed.success ? parsed.data.errorName : null;
}

/** The first characters of a body, for a message. */
export function excerpt(body: string): string {
  const text = body.replaceAll(/\s+/g, " ").trim();
  if (text === "") return "an empty body";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/**
 * The bound in a learned value's `data`.
 * @throws AdapterError `unexpected-answer` unless it is eight bytes
 */
export function decodeBound(data: string): bigint {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  if (bytes.length === 8) return new DataView(bytes.buffer).getBigInt64(0);
  throw new AdapterError(
    "unexpected-answer",
    "none",
    `A learned bound has 8 bytes; this one has ${bytes.length}.`,
  );
}
