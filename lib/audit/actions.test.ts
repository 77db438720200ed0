import { describe, expect, it } from "vitest";
import { z } from "zod";

import { AUDITED_ACTIONS } from "#lib/audit/actions.ts";
import { hashed, hidden, shown } from "#lib/audit/classified.ts";
import { redact, unclassifiedPaths } from "#lib/audit/redaction.ts";

describe("every audited action", () => {
  it.each(Object.entries(AUDITED_ACTIONS))("%s says of each field what the log keeps", (_name, entry) => {
    expect(unclassifiedPaths(entry.input)).toEqual([]);
    expect(unclassifiedPaths(entry.outcome)).toEqual([]);
    expect(entry.words).toMatch(/^[a-z]/);
  });
});

describe("unclassifiedPaths", () => {
  it("names a field that nobody marked, however deep it lies", () => {
    const schema = z.strictObject({
      name: shown(z.string()),
      secret: z.string(),
      nodes: z.array(z.strictObject({ url: shown(z.string()), token: z.string().optional() })),
      choice: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("a"), left: z.string() }),
        z.strictObject({ kind: z.literal("b"), right: shown(z.string()) }),
      ]),
    });
    expect(unclassifiedPaths(schema)).toEqual(["secret", "nodes[].token", "choice.left"]);
  });

  it("takes a mark through optional, nullable, default and transform", () => {
    const schema = z.strictObject({
      a: shown(z.string()).optional(),
      b: shown(z.string()).nullable().default(null),
      c: hidden(z.string()).transform((text) => text.length),
      d: z.preprocess((value) => value, shown(z.string())),
    });
    expect(unclassifiedPaths(schema)).toEqual([]);
  });
});

describe("redact", () => {
  const schema = z.strictObject({
    name: shown(z.string()),
    password: hidden(z.string()),
    text: hashed(z.string()),
    forgotten: z.string(),
    long: shown(z.bigint()),
  });

  it("keeps what is shown, hashes long texts, and says nothing of secrets and unmarked fields", () => {
    const kept = redact(schema, {
      name: "a\u0000b\uD800",
      password: "hunter2hunter2",
      text: "abc",
      forgotten: "x",
      long: 9007199254740993n,
      unknown: "y",
    });
    expect(kept).toEqual({
      name: "a\uFFFDb\uFFFD",
      password: "[hidden]",
      text: { sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", length: 3 },
      forgotten: "[hidden]",
      long: "9007199254740993",
      unknown: "[hidden]",
    });
  });

  it("follows the member of a union that the value belongs to", () => {
    const union = z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("a"), value: hidden(z.string()) }),
      z.strictObject({ kind: z.literal("b"), value: shown(z.string()) }),
    ]);
    expect(redact(union, { kind: "b", value: "seen" })).toEqual({ kind: "b", value: "seen" });
    expect(redact(union, { kind: "a", value: "unseen" })).toEqual({ kind: "a", value: "[hidden]" });
    expect(redact(union, { kind: "c", value: "unseen" })).toBe("[hidden]");
  });
});
