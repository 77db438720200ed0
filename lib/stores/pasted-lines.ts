import type { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** What a pasted text turned out to be. A refusal says what is wrong with it and what to do. */
export type Pasted<T> =
  | { readonly ok: true; readonly reading: T }
  | { readonly ok: false; readonly reason: string };

/** One line `lockstep.<what> {…}` of a pasted text. */
export type Line = { readonly what: string; readonly body: unknown };

/** How a command line speaks besides our own lines: what it adds in passing, and what says that it failed. */
export type ToolSpeech = { readonly tool: string; readonly noise: RegExp; readonly failure: RegExp };

/** Why a text is not what it should be; caught by `decodePastedText` alone. */
export class Unreadable extends AdapterError {
  constructor(reason: string) {
    super("pasted-unreadable", "none", reason);
  }
}

/** Decodes a whole text with `read`, and turns what it throws into a reason for the person. */
export function decodePastedText<T>(
  text: string,
  speech: ToolSpeech,
  read: (lines: readonly Line[]) => T,
): Pasted<T> {
  try {
    return { ok: true, reading: read(linesOf(text, speech)) };
  } catch (error) {
    if (error instanceof Unreadable) {
      return { ok: false, reason: `This is not the whole output of the command: ${error.message}.` };
    }
    if (error instanceof AdapterError) return { ok: false, reason: error.message };
    throw error;
  }
}

/** The lines of a text. @throws Unreadable where a line is none of ours; AdapterError `pasted-error` where the tool failed */
function linesOf(text: string, { tool, noise, failure }: ToolSpeech): readonly Line[] {
  const words = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise.test(line));
  const failed = words.find((line) => failure.test(line));
  if (failed !== undefined) {
    throw new AdapterError(
      "pasted-error",
      "none",
      `${tool} reported an error, so there is nothing to read: ${failed.slice(0, 500)}`,
    );
  }
  const lines = words.map(parseLine);
  if (lines.length === 0) throw new Unreadable("it is empty");
  if (lines.at(-1)?.what !== "end") throw new Unreadable("its last line, lockstep.end, is missing");
  return lines;
}

function parseLine(line: string): Line {
  const match = /^lockstep\.([a-z-]+) (\{.*\})$/.exec(line);
  if (match === null) throw new Unreadable(`a line does not belong to it: ${line.slice(0, 120)}`);
  try {
    return { what: match[1] ?? "", body: parseJson(match[2] ?? "") };
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Unreadable(`a line is cut: ${line.slice(0, 120)}`);
    throw cause;
  }
}

/** All lines of one kind. @throws Unreadable where one is not as the command writes it */
export function all<S extends z.ZodType>(lines: readonly Line[], what: string, schema: S): z.output<S>[] {
  return lines
    .filter((line) => line.what === what)
    .map(({ body }) => {
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw new Unreadable(`a line lockstep.${what} is not as the command writes it`);
      return parsed.data;
    });
}

/** The only line of its kind. @throws Unreadable where it is missing or doubled */
export function one<S extends z.ZodType>(lines: readonly Line[], what: string, schema: S): z.output<S> {
  const [first, ...more] = all(lines, what, schema);
  if (first === undefined) throw new Unreadable(`the line lockstep.${what} is missing`);
  if (more.length > 0) throw new Unreadable(`the line lockstep.${what} stands there twice`);
  return first;
}
