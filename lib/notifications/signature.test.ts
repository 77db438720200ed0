import { createHmac } from "node:crypto";
import { expect, it } from "vitest";

import { newSigningSecret, signatureOf } from "#lib/notifications/signature.ts";

it("signs time and body as docs/protocols/webhooks.md says", () => {
  const secret = newSigningSecret();
  const mac = createHmac("sha256", secret).update('1700000000.{"a":1}').digest("hex");
  expect(signatureOf(secret, '{"a":1}', 1_700_000_000)).toBe(`t=1700000000,v1=${mac}`);
});

it("makes secrets of 32 bytes that differ", () => {
  const made = new Set(Array.from({ length: 50 }, newSigningSecret));
  expect(made.size).toBe(50);
  for (const one of made) expect(one).toMatch(/^lswh_[A-Za-z0-9_-]{43}$/);
});
