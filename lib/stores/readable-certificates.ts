import { X509Certificate } from "node:crypto";

import { AdapterError } from "#lib/errors.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Node silently ignores what is no certificate, and would then blame the server's. `what` names the text for the person.
 * @throws AdapterError `tls-failed`, effect none, for text that holds no certificate or one that cannot be read
 */
export function requireCertificates(what: string, pem: string | undefined): void {
  if (pem === undefined) return;
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) void new X509Certificate(certificate);
  } catch (cause) {
    throw unreadable(what, cause);
  }
  if (certificates.length === 0) throw unreadable(what);
}

function unreadable(what: string, cause?: unknown): AdapterError {
  const message = `The text given as ${what} is not a certificate in PEM form. Paste it whole. Nothing was changed in the store.`;
  return new AdapterError("tls-failed", "none", message, { cause });
}
