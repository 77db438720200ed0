import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AppError } from "#lib/errors.ts";
import { deriveKey, readSecretKey } from "#lib/secrets/keys.ts";
import { openField, sealField } from "#lib/secrets/sealed-field.ts";

const place = { table: "store", row: "r1", field: "password" };
beforeEach(() => vi.stubEnv("LOCKSTEP_SECRET_KEY", "11".repeat(32)));
afterEach(() => vi.unstubAllEnvs());

describe("sealed fields", () => {
  it("come back as they were, and never the same text twice", () => {
    const [first, second] = [sealField(place, "päss word"), sealField(place, "päss word")];
    expect(openField(place, first)).toBe("päss word");
    expect(first).not.toBe(second);
    expect(first).not.toContain("word");
  });

  it.each([{ table: "cluster" }, { row: "r2" }, { field: "tlsKey" }])(
    "do not open in another place: %o",
    (other) => {
      const sealed = sealField(place, "secret");
      expect(() => openField({ ...place, ...other }, sealed)).toThrow(AppError);
    },
  );

  it("do not open with another key or when changed", () => {
    const sealed = sealField(place, "secret");
    const changed = sealed.slice(0, -2) + (sealed.endsWith("AA") ? "BB" : "AA");
    expect(() => openField(place, changed)).toThrow(AppError);
    vi.stubEnv("LOCKSTEP_SECRET_KEY", "22".repeat(32));
    expect(() => openField(place, sealed)).toThrow(/start with the key that was used/i);
  });
});

describe("keys", () => {
  it("differ by purpose", () => {
    expect(deriveKey("sessions").equals(deriveKey("links"))).toBe(false);
    expect(deriveKey("sessions")).toHaveLength(32);
  });

  it.each([undefined, "", "short", "11".repeat(31), "zz".repeat(32) + "!"])("refuse %j", (text) => {
    expect(() => readSecretKey(text)).toThrow(/32 bytes/);
  });

  it("are read from hexadecimal and from base64", () => {
    const bytes = Buffer.alloc(32, 7);
    expect(readSecretKey(bytes.toString("hex")).equals(bytes)).toBe(true);
    expect(readSecretKey(bytes.toString("base64")).equals(bytes)).toBe(true);
  });
});
