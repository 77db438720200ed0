import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { safeNextPath, signInPath } from "#lib/web/sign-in-path.ts";

vi.mock("server-only", () => ({}));

describe("the way back after sign-in", () => {
  it("keeps paths of the console with their query", () => {
    expect(safeNextPath("/audit?actor=ada&from=2026-11-21")).toBe("/audit?actor=ada&from=2026-11-21");
    expect(signInPath("/migrations/1?step=2")).toBe("/sign-in?next=%2Fmigrations%2F1%3Fstep%3D2");
    expect(signInPath("/")).toBe("/sign-in");
    expect(signInPath(null)).toBe("/sign-in");
  });

  it.each([
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\tevil.example",
    "javascript:alert(1)",
    "/sign-in?next=/x",
    "/setup/abc",
    "/api/audit/batch",
    "/./sign-in",
    "",
    "evil",
  ])("goes home instead of %j", (next) => {
    expect(safeNextPath(next)).toBe("/");
  });

  it("never leaves the console, whatever it is given", () => {
    const pieces = fc.constantFrom(
      "/",
      "\\",
      "@",
      ":",
      "//",
      "..",
      "evil.example",
      "http",
      "%2f",
      "?",
      "#",
      "\n",
      " ",
      "a",
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((list) => list.join("")),
        (next) => {
          const url = new URL(safeNextPath(next), "https://console.example");
          expect(url.origin).toBe("https://console.example");
          expect(new URL(safeNextPath(`/${next}`), "https://console.example").origin).toBe(
            "https://console.example",
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
