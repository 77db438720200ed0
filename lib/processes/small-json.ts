import { InvariantError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/**
 * Parses JSON that holds no longs, such as a test report: integers come back as numbers.
 * @throws SyntaxError when the text is not JSON; InvariantError when an integer in it is too large to be exact
 */
export function parseSmallJson(text: string): unknown {
  return withNumbers(parseJson(text));
}

function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return exactly(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
}

function exactly(value: bigint): number {
  if (BigInt.asIntN(54, value) !== value)
    throw new InvariantError(`${value} is too large to be exact as a number`);
  return +value.toString();
}
