import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

import { AppError } from "#lib/errors.ts";

/** What a TLS connection trusts and presents, as entered; all PEM. */
export type TlsMaterial = {
  readonly caCertificates: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
};

const PEM_BLOCK = /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g;

/**
 * Makes sure that certificates and key can be read and belong together, so that a slip shows beside its field and not as a handshake
 * that fails later. @throws AppError `invalid` with the field
 */
export function requireReadableTls({ caCertificates, clientCertificate, clientKey }: TlsMaterial): void {
  if (caCertificates !== null) readCertificates("caCertificates", caCertificates);
  if ((clientCertificate === null) !== (clientKey === null)) {
    throw clientCertificate === null
      ? refusal(
          "clientCertificate",
          "Enter the certificate that belongs to the client key, or remove the key.",
        )
      : refusal("clientKey", "Enter the key that belongs to the client certificate.");
  }
  if (clientCertificate === null || clientKey === null) return;
  const [own] = readCertificates("clientCertificate", clientCertificate);
  const key = readKey(clientKey);
  if (own !== undefined && !own.checkPrivateKey(key)) {
    throw refusal("clientKey", "This key does not belong to the first certificate above.");
  }
}

function readCertificates(field: string, pem: string): readonly X509Certificate[] {
  return (pem.match(PEM_BLOCK) ?? []).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw refusal(
        field,
        `Certificate ${index + 1} cannot be read. Paste it again as it stands in its file.`,
        cause,
      );
    }
  });
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw refusal(
      "clientKey",
      "The key cannot be read. Paste it as it stands in its file, without a passphrase.",
      cause,
    );
  }
}

function refusal(field: string, words: string, cause?: unknown): AppError {
  return new AppError("invalid", words, { fields: { [field]: words }, cause });
}
