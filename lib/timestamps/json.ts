import { InvariantError } from "#lib/errors.ts";

type ReviverContext = { readonly source?: string };
type SourceReviver = (this: unknown, key: string, value: unknown, context: ReviverContext) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

const INTEGER = /^-?[0-9]+$/;

/**
 * Parses JSON without rounding: every integer literal comes back as a `bigint`, whatever its size; other numbers stay numbers.
 * The only place in `lib/` that may call `JSON.parse`.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): unknown {
  return parseWithSource(text, (_key, value, context) => {
    if (typeof value !== "number" || context.source === undefined) return value;
    return INTEGER.test(context.source) ? BigInt(context.source) : value;
  });
}

/**
 * One text for one value: keys sorted by code unit, no white space, `bigint` as a decimal string, `undefined` members left out.
 * Numbers must be safe integers, so that no reader can round them. Hashes of plans and of audit rows are taken over this text.
 * @throws InvariantError on fractions, unsafe integers, functions, symbols and dates
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `"${value.toString()}"`;
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value))
      throw new InvariantError(`canonical JSON takes no number like ${value}`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item ?? null)).join(",")}]`;
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(",")}}`;
  }
  throw new InvariantError(`canonical JSON takes no ${typeof value}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** SHA-256 of the UTF-8 text, as 64 lower-case hexadecimal digits. Runs in Node and in the browser alike. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
