import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fromBase32, matchingStep, newTotpSecret, toBase32, totpCode, totpUri } from "#lib/people/totp.ts";

/** Source: RFC 6238, appendix B, the rows of SHA-1: seconds since 1970, step in hexadecimal, code. */
const RFC_6238 = [
  ["59", "0000000000000001", "94287082"],
  ["1111111109", "00000000023523EC", "07081804"],
  ["1111111111", "00000000023523ED", "14050471"],
  ["1234567890", "000000000273EF07", "89005924"],
  ["2000000000", "0000000003F940AA", "69279037"],
  ["20000000000", "0000000027BC86AA", "65353130"],
] as const;

/** Source: RFC 4226, appendix D: the codes of the counters 0 to 9. */
const RFC_4226 = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split(" ");

const secret = Buffer.from("12345678901234567890", "ascii");

describe("a TOTP code", () => {
  it.each(RFC_6238)("at %s s is that of RFC 6238", (seconds, step, code) => {
    expect(BigInt(seconds) / 30n).toBe(BigInt(`0x${step}`));
    expect(totpCode(secret, BigInt(`0x${step}`), 8)).toBe(code);
    expect(totpCode(secret, BigInt(`0x${step}`))).toBe(code.slice(2));
  });

  it("of each counter is that of RFC 4226", () => {
    expect(RFC_4226.map((_code, counter) => totpCode(secret, BigInt(counter)))).toEqual(RFC_4226);
  });
});

describe("matchingStep", () => {
  const text = toBase32(secret);
  const now = 1_000_000n;

  it.each([-1n, 0n, 1n])("takes the code of the step %s away", (offset) => {
    expect(matchingStep(text, totpCode(secret, now + offset), now)).toBe(now + offset);
  });

  it.each([-2n, 2n])("does not take the code of the step %s away", (offset) => {
    expect(matchingStep(text, totpCode(secret, now + offset), now)).toBeNull();
  });

  it.each(["", "12345", "1234567", "abcdef"])("does not take %j", (code) => {
    expect(matchingStep(text, code, now)).toBeNull();
  });

  it("looks at nothing before 1970", () => {
    expect(matchingStep(text, totpCode(secret, 1n), 0n)).toBe(1n);
  });
});

describe("base32", () => {
  it.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("of %j is that of RFC 4648", (plain, encoded) => {
    expect(toBase32(Buffer.from(plain))).toBe(encoded);
    expect(Buffer.from(fromBase32(encoded)).toString()).toBe(plain);
  });

  it("comes back as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(fromBase32(toBase32(bytes))).toEqual(Uint8Array.from(bytes));
      }),
    );
  });
});

it("makes 160 random bits, and an address that apps read", () => {
  const made = newTotpSecret();
  expect(made).toMatch(/^[A-Z2-7]{32}$/);
  expect(newTotpSecret()).not.toBe(made);
  expect(totpUri(made, "ada@example.com")).toBe(
    `otpauth://totp/Lockstep:ada%40example.com?secret=${made}&issuer=Lockstep`,
  );
});
