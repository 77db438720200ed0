import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { AdapterError, AppError } from "#lib/errors.ts";
import { refusalOf, refusalOfInput } from "#lib/web/refusal.ts";

vi.mock("server-only", () => ({}));
vi.mock("#lib/log.ts", () => ({ logFor: () => ({ error: () => {}, warn: () => {} }) }));

describe("what the outside sees of a failure", () => {
  it("is the words of an expected refusal", () => {
    const error = new AppError("stale", "Changed meanwhile.", { fields: { name: "Look again." } });
    expect(refusalOf(error, "r1")).toEqual({
      code: "stale",
      message: "Changed meanwhile.",
      fields: { name: "Look again." },
    });
  });

  it("is nothing but the request of an unexpected one", () => {
    const refusal = refusalOf(new TypeError("password hunter2 at /srv/app.ts:1"), "r2");
    expect(refusal.code).toBe("unexpected");
    expect(refusal.message).toContain("r2");
    expect(JSON.stringify(refusal)).not.toMatch(/hunter2|app\.ts|TypeError/);
  });

  it("says whether an outside system may have been changed", () => {
    expect(refusalOf(new AdapterError("x", "none", "Refused."), "r").message).toContain(
      "Nothing was changed",
    );
    expect(refusalOf(new AdapterError("x", "unknown", "Timed out."), "r").message).toContain("not known");
  });

  it("names each field of input that does not parse, once", () => {
    const schema = z.strictObject({
      name: z.string().min(3, "Too short."),
      nodes: z.array(z.strictObject({ url: z.url("No address.") })),
    });
    const parsed = schema.safeParse({ name: "a", nodes: [{ url: "x" }] });
    expect(parsed.success).toBe(false);
    if (parsed.success) return;
    expect(refusalOfInput(parsed.error)).toMatchObject({
      code: "invalid",
      fields: { name: "Too short.", "nodes.0.url": "No address." },
    });
  });
});
