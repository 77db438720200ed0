import { createHash } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { densityCuts, type ProbeKeys, SAMPLED_KEYS } from "#lib/stores/cassandra/density-cuts.ts";

function probeOf(keys: readonly Buffer[]): ProbeKeys {
  const sorted = keys.toSorted((a, b) => Buffer.compare(a, b));
  return async (from, to) =>
    sorted
      .filter(
        (key) =>
          (from === null || Buffer.compare(key, from) >= 0) && (to === null || Buffer.compare(key, to) < 0),
      )
      .slice(0, SAMPLED_KEYS);
}

/** How many keys each part has. */
function partsOf(keys: readonly Buffer[], cuts: readonly Buffer[]): number[] {
  const sorted = cuts.toSorted((a, b) => Buffer.compare(a, b));
  return [null, ...sorted].map(
    (from, index) =>
      keys.filter((key) => {
        const to = sorted[index];
        return (
          (from === null || Buffer.compare(key, from) >= 0) &&
          (to === undefined || Buffer.compare(key, to) < 0)
        );
      }).length,
  );
}

const number = (index: number) => index.toString(16).padStart(16, "0");
const many = (make: (index: number) => Buffer) => Array.from({ length: 4_000 }, (_, index) => make(index));

test.each([
  ["hashed", many((index) => createHash("md5").update(String(index)).digest()), 8, 2],
  ["one after the other", many((index) => Buffer.from(number(index), "hex")), 8, 3],
  ["behind a long prefix", many((index) => Buffer.from(`a/very/long/prefix/${number(index)}`)), 8, 4],
  [
    "in two crowds",
    many((index) => Buffer.from(`${index % 2 === 0 ? "00" : "fe"}${number(index)}`, "hex")),
    8,
    4,
  ],
] as const)("keys %s are cut into even parts", async (_name, keys, parts, factor) => {
  const cuts = await densityCuts(probeOf(keys), parts);
  const sizes = partsOf(keys, cuts);
  expect(sizes.length).toBeGreaterThanOrEqual(parts / 2);
  expect(Math.max(...sizes), sizes.join(" ")).toBeLessThanOrEqual((keys.length / parts) * factor);
});

test("whatever the keys are, cuts are keys, no two the same, and few questions are asked", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        fc
          .array(fc.constantFrom(0x00, 0x7f, 0xff), { minLength: 1, maxLength: 12 })
          .map((key) => Buffer.from(key)),
        { selector: (key) => key.toString("hex"), maxLength: 300 },
      ),
      fc.integer({ min: 2, max: 20 }),
      async (keys, parts) => {
        let asked = 0;
        const probe = probeOf(keys);
        const cuts = await densityCuts(async (from, to) => {
          asked += 1;
          return probe(from, to);
        }, parts);
        const known = new Set(keys.map((key) => key.toString("hex")));
        const found = cuts.map((cut) => cut.toString("hex"));
        expect(new Set(found).size).toBe(found.length);
        for (const cut of found) expect(known.has(cut)).toBe(true);
        expect(found.length).toBeLessThan(parts);
        expect(asked).toBeLessThanOrEqual(4 * parts + 20);
      },
    ),
  );
});
