import fc from "fast-check";
import { expect, it } from "vitest";
import { cutSecrets, withoutSecrets } from "#lib/log.ts";

it("replaces members whose name speaks of a secret, at any depth", () => {
  expect(
    withoutSecrets({
      user: "ada",
      nested: { authToken: "t", list: [{ password: { deep: 1 } }] },
      cookie: undefined,
    }),
  ).toEqual({ user: "ada", nested: { authToken: "***", list: [{ password: "***" }] }, cookie: undefined });
});

it("cuts passwords out of addresses and authorization headers out of texts", () => {
  expect(cutSecrets("connect postgresql://ada:s3cr3t@db:5432/x failed")).toBe(
    "connect postgresql://ada:***@db:5432/x failed",
  );
  expect(cutSecrets("Authorization: Bearer abc.def-1")).toBe("Authorization: Bearer ***");
  expect(cutSecrets("GET /setup/kIosCDVTNEm0gAmhX1gwAr3w1qYt68_riUFNAdSIeWc 200")).toBe("GET /setup/*** 200");
});

it("never lets the password of an address through, whatever it is", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9%!$&'()*+,;=._~-]{8,20}$/);
  fc.assert(
    fc.property(word, (password) => {
      const error = new Error(`cannot reach postgresql://ada:${password}@db:5432/x`, {
        cause: { url: `http://a:${password}@b` },
      });
      expect(JSON.stringify(withoutSecrets(error))).not.toContain(`:${password}@`);
    }),
  );
});

it("says names, messages and causes of errors, and longs as decimal strings", () => {
  const error = new TypeError("outer", { cause: new RangeError("inner") });
  expect(withoutSecrets({ error, bound: 2n ** 62n })).toMatchObject({
    error: { name: "TypeError", message: "outer", cause: { name: "RangeError", message: "inner" } },
    bound: "4611686018427387904",
  });
});
