import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { CassandraTls } from "#lib/local-cassandra/configuration.ts";
import {
  createAuthority,
  createServerCertificate,
  integer,
  oid,
  sequence,
  tag,
  type TestCertificate,
} from "#lib/stores/postgres/testing-certificates.ts";

const PKCS7_DATA = "2a864886f70d010701";
const KEY_BAG = "2a864886f70d010c0a0102";
const CERTIFICATE_BAG = "2a864886f70d010c0a0103";
const X509 = "2a864886f70d01091601";
const LOCAL_KEY_ID = "2a864886f70d010915";
// Java takes a certificate for a trusted one only with this attribute (Oracle's trustedKeyUsage: anyExtendedKeyUsage).
const TRUSTED_KEY_USAGE = "6086480186f966adca7b0101";
const ANY_USAGE = "551d2500";

/** The parties of one TLS test: PEM text for clients, keystore files for the server. */
export type TestTls = {
  readonly ca: string;
  readonly client: TestCertificate;
  /** A client certificate of an authority that the server does not know. */
  readonly stranger: TestCertificate;
  readonly server: CassandraTls;
};

/** Makes an authority, a server for 127.0.0.1 and localhost, and clients; the server's keystores are written into `folder`. */
export async function createTestTls(
  folder: string,
  how: { readonly requireClient: boolean; readonly hosts?: readonly string[] },
): Promise<TestTls> {
  const authority = { ...createAuthority("Local Cassandra test CA"), name: "Local Cassandra test CA" };
  const unknown = { ...createAuthority("Unknown CA"), name: "Unknown CA" };
  const server = createServerCertificate(authority, how.hosts ?? ["localhost", "127.0.0.1"]);
  const password = "keystore-password";
  const keystore = path.join(folder, "server.p12");
  const truststore = path.join(folder, "trust.p12");
  await writeFile(keystore, pkcs12WithKey(server, password), { mode: 0o600 });
  await writeFile(truststore, pkcs12Trusting(authority.cert), { mode: 0o600 });
  return {
    ca: authority.cert,
    client: createServerCertificate(authority, ["lockstep-client"]),
    stranger: createServerCertificate(unknown, ["lockstep-client"]),
    server: { keystore, truststore, password, requireClient: how.requireClient },
  };
}

/** PKCS #12 (RFC 7292) without the optional integrity check: an encrypted key and its certificate. */
function pkcs12WithKey(pair: TestCertificate, password: string): Buffer {
  const encrypted = pair.privateKey.export({
    type: "pkcs8",
    format: "der",
    cipher: "aes-256-cbc",
    passphrase: password,
  });
  const keyId = attribute(LOCAL_KEY_ID, tag(0x04, Buffer.of(1)));
  return pfx(bag(KEY_BAG, encrypted, keyId), bag(CERTIFICATE_BAG, certificate(pair.cert), keyId));
}

function pkcs12Trusting(pem: string): Buffer {
  return pfx(bag(CERTIFICATE_BAG, certificate(pem), attribute(TRUSTED_KEY_USAGE, oid(ANY_USAGE))));
}

function pfx(...bags: readonly Buffer[]): Buffer {
  return sequence(integer([3]), data(sequence(data(sequence(...bags)))));
}

function data(content: Buffer): Buffer {
  return sequence(oid(PKCS7_DATA), tag(0xa0, tag(0x04, content)));
}

function bag(type: string, content: Buffer, attributes: Buffer): Buffer {
  return sequence(oid(type), tag(0xa0, content), tag(0x31, attributes));
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), tag(0x31, value));
}

function certificate(pem: string): Buffer {
  return sequence(oid(X509), tag(0xa0, tag(0x04, new X509Certificate(pem).raw)));
}
