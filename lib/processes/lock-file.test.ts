import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseJson } from "#lib/timestamps/json.ts";

const packages = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const lock = packages.parse(parseJson(readFileSync("package-lock.json", "utf8"))).packages;

describe("package-lock.json", () => {
  // Written where a registry lacks the builds of other systems, npm leaves them out, and "npm ci" then refuses everywhere.
  it("names every optional package, those of other systems too", () => {
    const present = new Set(
      Object.keys(lock).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)),
    );
    const wanted = Object.values(lock).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter((name) => !present.has(name))).toEqual([]);
  });

  it("names no host to download from", () => {
    expect(Object.values(lock).filter((one) => one.resolved !== undefined)).toEqual([]);
  });
});
