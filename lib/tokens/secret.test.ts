import fc from "fast-check";
import { expect, it } from "vitest";

import { hashSecret, isWellFormed, newSecret } from "#lib/tokens/secret.ts";

it("makes secrets that scanners can know by their shape, each another", () => {
  const made = Array.from({ length: 200 }, newSecret);
  for (const { secret, hint, hash } of made) {
    expect(secret).toMatch(/^lks_[0-9A-Za-z]{49}$/);
    expect(isWellFormed(secret)).toBe(true);
    expect(secret.startsWith(hint)).toBe(true);
    expect(hint).toHaveLength(8);
    expect(hash).toBe(hashSecret(secret));
  }
  expect(new Set(made.map(({ secret }) => secret)).size).toBe(200);
});

it("notices every single mistyped character, and what was cut off or padded", () => {
  const character = fc.constantFrom(
    ..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-".split(""),
  );
  const { secret } = newSecret();
  fc.assert(
    fc.property(fc.nat(secret.length - 1), character, (at, typed) => {
      const changed = secret.slice(0, at) + typed + secret.slice(at + 1);
      expect(isWellFormed(changed)).toBe(changed === secret);
    }),
  );
  expect(isWellFormed(secret.slice(0, -1))).toBe(false);
  expect(isWellFormed(`${secret}0`)).toBe(false);
  expect(isWellFormed(`${secret}\n`)).toBe(false);
  expect(isWellFormed("")).toBe(false);
});
