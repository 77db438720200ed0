import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import { AdapterError } from "#lib/errors.ts";
import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";

/** The settings of Node's TLS for one node, or null for clear text. @throws AdapterError `tls-failed` for text that is no certificate */
export function tlsOptions(tls: CassandraStoreConfig["tls"], host: string): ConnectionOptions | null {
  if (tls.mode === "off") return null;
  requireCertificates("authority (CA)", tls.ca);
  requireCertificates("client certificate", tls.cert);
  const name = tls.serverName ?? host;
  return {
    rejectUnauthorized: tls.mode === "verify",
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // We connect to a resolved address, but the certificate is for the name that was asked for.
    checkServerIdentity: (_address, certificate) => checkServerIdentity(name, certificate),
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Node silently ignores what is no certificate, and would then blame the node's. */
function requireCertificates(what: string, pem: string | undefined): void {
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
