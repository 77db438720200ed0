import { describe, expect, test } from "vitest";

import { judgeLimits, judgeSpace } from "#lib/mover/assess-limits.ts";
import type { TableProbe } from "#lib/mover/probe-table.ts";

const MEGABYTE = 1_024 * 1_024;

function probes(largestValue: number, largestKey: number): ReadonlyMap<string, TableProbe> {
  const probe = {
    versions: 10,
    cells: 10,
    bytes: 10,
    isExact: false,
    looked: 10,
    largestValue,
    largestKey,
    uncommitted: [],
  };
  return new Map([
    ["app.small", { ...probe, largestValue: 5, largestKey: 5 }],
    ["app.large", probe],
  ]);
}

describe("what a destination can hold", () => {
  test.each([
    ["cassandra", 16 * MEGABYTE, 3_000, "pass"],
    ["cassandra", 16 * MEGABYTE + 1, 10, "unknown"],
    ["postgres", 900 * MEGABYTE, 2_680, "pass"],
    ["postgres", 10, 2_681, "unknown"],
  ] as const)("%s: a value of %i bytes and a key of %i", (kind, value, key, level) => {
    const found = judgeLimits(kind, probes(value, key));
    expect(found.level).toBe(level);
    expect(found.attest !== null).toBe(level === "unknown");
    expect(found.detail).toMatch(level === "unknown" ? /app\.large/ : /Among 20 versions/);
    expect(found.detail).not.toMatch(/app\.small/);
  });

  test("its free room is unknown, and what dropping gives back is told as it is", () => {
    const dropped = [
      { name: "a.B", versions: 1, bytes: 3 * MEGABYTE },
      { name: "a.C", versions: null, bytes: null },
    ];
    expect(judgeSpace("postgres", null, [])).toMatchObject({
      level: "warning",
      title: expect.stringMatching(/could not be estimated.*room it has is unknown/) as string,
      detail: expect.not.stringContaining("drop") as string,
    });
    expect(judgeSpace("postgres", MEGABYTE, dropped).detail).toContain("give back at least 3.0 MB");
    expect(judgeSpace("cassandra", MEGABYTE, dropped.slice(0, 1)).detail).toMatch(
      /hold about 3\.0 MB.*clearsnapshot/,
    );
  });
});
