import { z } from "zod";

import { describeCall, type ManualCall, STATUS_MARK } from "#lib/timelock/manual.ts";
import { conjureErrorName, conjureRangeSchema } from "#lib/timelock/wire.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/** What a pasted text turned out to be. A refusal says what is wrong with it and what to do. */
export type Pasted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** A call whose pasted output can become a reading. */
export type PastableCall = Extract<ManualCall, { kind: "fresh-timestamps" | "fast-forward" | "ping" }>;

/** What the leader said to a pasted call; `node` is the address in the command that was run. */
export type PastedOutcome =
  | {
      readonly kind: "fresh-timestamps";
      readonly node: string;
      readonly first: bigint;
      readonly last: bigint;
    }
  | { readonly kind: "fast-forward"; readonly node: string; readonly to: bigint }
  | { readonly kind: "ping"; readonly node: string };

type Block = { readonly status: string; readonly node: string; readonly body: string };

const STATUS_LINE = new RegExp(`^${STATUS_MARK} status=(\\d{3}) (.*) node=(\\S+) location=\\S*$`);
const WHOLE = "Paste the whole output of the command as it was printed.";

/**
 * Decodes the whole output of the commands of `renderManual`, one or several of them in a row. The status lines must be those of this very
 * call, value included; nodes that are not the leader are passed over, and exactly one must have succeeded. Nothing else may be there.
 */
export function decodeManualOutput(call: PastableCall, text: string): Pasted<PastedOutcome> {
  const blocks = splitBlocks(call, text);
  if (!blocks.ok) return blocks;
  const answers = blocks.value.filter(({ status }) => status !== "308" && status !== "503");
  const [answer, another] = answers;
  if (answer === undefined) {
    return refused(
      "No node answered as the leader: 308 and 503 mean that another one is. Run the line for every other node.",
    );
  }
  if (another !== undefined)
    return refused(
      "There is more than one answer here. Run one line at a time until one succeeds, and paste that.",
    );
  return decodeAnswer(call, answer);
}

function splitBlocks(call: PastableCall, text: string): Pasted<readonly Block[]> {
  const blocks: Block[] = [];
  let body: string[] = [];
  for (const line of text.replaceAll("\r\n", "\n").split("\n")) {
    const match = STATUS_LINE.exec(line.trim());
    if (match === null) {
      body.push(line);
      continue;
    }
    const [, status = "", asked = "", node = ""] = match;
    if (asked !== describeCall(call))
      return refused(`This is the output of another command: ${asked}, not ${describeCall(call)}.`);
    blocks.push({ status, node, body: body.join("\n").trim() });
    body = [];
  }
  if (blocks.length === 0)
    return refused(`The line that begins with "${STATUS_MARK} status=" is missing. ${WHOLE}`);
  if (body.join("").trim() !== "") return refused(`Something follows after the last status line. ${WHOLE}`);
  return { ok: true, value: blocks };
}

function decodeAnswer(call: PastableCall, { status, node, body }: Block): Pasted<PastedOutcome> {
  const wanted = call.kind === "fast-forward" ? "204" : "200";
  if (status === "000")
    return refused(
      "curl got no answer. Whether the request was carried out is unknown: read before you repeat it.",
    );
  if (status !== wanted) {
    const said = conjureErrorName(body);
    return refused(`The node answered ${status}${said === null ? "" : ` (${said})`}; success is ${wanted}.`);
  }
  switch (call.kind) {
    case "ping":
      return body === "pong" || body === '"pong"'
        ? { ok: true, value: { kind: "ping", node } }
        : refused("The answer is not pong.");
    case "fast-forward":
      return body === ""
        ? { ok: true, value: { kind: "fast-forward", node, to: call.to } }
        : refused(`A 204 has no body. ${WHOLE}`);
    case "fresh-timestamps":
      return decodeRange(call.count, node, body);
  }
}

function decodeRange(count: number, node: string, body: string): Pasted<PastedOutcome> {
  const range = conjureRangeSchema.safeParse(jsonOrNothing(body));
  if (!range.success) return refused(`The timestamps could not be read. ${WHOLE}`);
  const { inclusiveLower: first, inclusiveUpper: last } = range.data;
  const length = last - first + 1n;
  if (first < 1n || length < 1n || length > BigInt(count))
    return refused(`${first} to ${last} are not the timestamps that were asked for.`);
  return { ok: true, value: { kind: "fresh-timestamps", node, first, last } };
}

function jsonOrNothing(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

const FETCHED = /\bthe\s+fresh\s+timestamp\s+is:\s*(\S+)/gi;
const fetched = z
  .string()
  .transform((text) => parseLong(text))
  .refine((value) => value !== null && value > 0n);

/**
 * The timestamp in the output of AtlasDB's `timestamp fetch`, or in the bare-number file that it writes. The command's own words may be in
 * any case and among other lines. An immutable timestamp is refused: it lies below timestamps that were already issued.
 * Source: atlasdb-facts 0.15, A.5 and B.5, atlasdb-cli FetchTimestamp.java
 */
export function decodeTimestampFetch(text: string): Pasted<bigint> {
  if (/immutable/i.test(text)) {
    return refused(
      "This is the immutable timestamp, which is below timestamps that were already issued. Run the command without -i.",
    );
  }
  const found = [...text.matchAll(FETCHED)].map(([, digits = ""]) => digits);
  const candidates = found.length > 0 ? found : [text.trim()];
  const [only = "", another] = candidates;
  if (another !== undefined)
    return refused("There are several timestamps here. Paste the output of one run.");
  const value = fetched.safeParse(only);
  if (value.success && value.data !== null) return { ok: true, value: value.data };
  return refused(
    'There is no "The fresh timestamp is:" with a positive whole number here, nor is this the bare number of its file.',
  );
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
