import { z } from "zod";

/** Between the beginning of the Gregorian calendar, from which time UUIDs count, and that of Unix, in units of 100 ns. */
const GREGORIAN_OFFSET = 122_192_928_000_000_000n;

const millisOfDate = z.coerce.number().int().min(0).max(8_640_000_000_000_000);

/** The time in a version 1 UUID, such as CQL's `now()` gives, as ISO 8601 in UTC; null for anything else. Source: RFC 4122, 4.1.4 */
export function timeOfUuid(uuid: string): string | null {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-1([0-9a-f]{3})-[0-9a-f]{4}-[0-9a-f]{12}$/.exec(uuid);
  if (match === null) return null;
  const [, low = "", middle = "", high = ""] = match;
  const millis = (BigInt(`0x${high}${middle}${low}`) - GREGORIAN_OFFSET) / 10_000n;
  const parsed = millisOfDate.safeParse(millis.toString());
  return parsed.success ? new Date(parsed.data).toISOString() : null;
}
