import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import type { CassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { requireCertificates } from "#lib/stores/readable-certificates.ts";

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
