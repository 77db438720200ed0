import { describe, expect, it } from "vitest";

import { AppError } from "#lib/errors.ts";
import { requireReadableTls, type TlsMaterial } from "#lib/inventory/readable-tls.ts";
import { createAuthority } from "#lib/stores/postgres/testing-certificates.ts";

const one = createAuthority("one");
const two = createAuthority("two");
const none: TlsMaterial = { caCertificates: null, clientCertificate: null, clientKey: null };
const BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

function fieldOf(change: Partial<TlsMaterial>): string | null {
  try {
    requireReadableTls({ ...none, ...change });
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return Object.keys(error.fields).join();
  }
}

describe("requireReadableTls", () => {
  it.each<[string, Partial<TlsMaterial>, string | null]>([
    ["nothing", {}, null],
    ["an authority", { caCertificates: one.cert }, null],
    ["two authorities", { caCertificates: one.cert + two.cert }, null],
    ["a broken second authority", { caCertificates: one.cert + BROKEN }, "caCertificates"],
    ["a pair", { clientCertificate: one.cert, clientKey: one.key }, null],
    ["a pair with its chain", { clientCertificate: one.cert + two.cert, clientKey: one.key }, null],
    ["another one's key", { clientCertificate: one.cert, clientKey: two.key }, "clientKey"],
    ["a certificate alone", { clientCertificate: one.cert }, "clientKey"],
    ["a key alone", { clientKey: one.key }, "clientCertificate"],
    ["a broken certificate", { clientCertificate: BROKEN, clientKey: one.key }, "clientCertificate"],
    [
      "a broken key",
      {
        clientCertificate: one.cert,
        clientKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
      },
      "clientKey",
    ],
  ])("judges %s", (_name, change, field) => {
    expect(fieldOf(change)).toBe(field);
  });

  it("never repeats a key in its words", () => {
    expect(() =>
      requireReadableTls({ ...none, clientCertificate: one.cert, clientKey: two.key }),
    ).not.toThrow(/BEGIN/);
  });
});
