import { fromHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull, decodePunchRow, decodePunchValue } from "#lib/atlasdb/punch.ts";
import type { PunchReading } from "#lib/stores/schema.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/** One cell of the punch table. `column2` is the complement of the cell's timestamp. Source: atlasdb-facts E.3 */
export function punchOf(key: string, column2: bigint, value: string): PunchReading["newest"] {
  const cellTimestamp = ~column2;
  const decoded = decodedOrNull(() => decodePunchValue(fromHex(value)));
  return {
    found: "punch",
    timestamp: maxLong(cellTimestamp, decoded ?? cellTimestamp),
    wallMillis: decodedOrNull(() => decodePunchRow(fromHex(key))),
    rawRow: `0x${key}`.slice(0, 200),
    rawValue: `0x${value}`.slice(0, 200),
  };
}

/** The punch with the larger timestamp. */
export function newer(a: PunchReading["newest"], b: PunchReading["newest"]): PunchReading["newest"] {
  if (a.found === "absent") return b;
  return b.found === "punch" && b.timestamp > a.timestamp ? b : a;
}
