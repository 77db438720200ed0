import type { Located, Section } from "#lib/atlasdb/configuration-file.ts";
import type { KeyStoreAdvice } from "#lib/atlasdb/import-proposal.ts";

/**
 * What to run on a node to turn the key stores of an `sslConfiguration` into the PEM that Lockstep reads. The passwords are asked for by
 * the tools, so that none stands in a command. Source: atlasdb-facts B.3 (sslConfiguration), JDK keytool and OpenSSL pkcs12
 */
export function keyStoreAdvice(
  about: KeyStoreAdvice["about"],
  node: string,
  ssl: Section | null,
): KeyStoreAdvice[] {
  if (ssl === null) return [];
  const trust = ssl.value("trustStorePath");
  const key = ssl.value("keyStorePath");
  const place = (value: Located) => ({ node, file: value.file, line: value.line });
  const advice: KeyStoreAdvice[] = [];
  if (trust !== null) {
    advice.push({
      about,
      title: `Certificates of the authority, from ${trust.text}`,
      commands: `keytool -list -rfc -keystore ${shellWord(trust.text)} \\\n  | sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p'`,
      source: place(trust),
    });
  }
  if (key !== null) {
    const store = shellWord(key.text);
    advice.push({
      about,
      title: `Client certificate and key, from ${key.text}`,
      commands: [
        `keytool -importkeystore -srckeystore ${store} -destkeystore client.p12 -deststoretype PKCS12`,
        "openssl pkcs12 -in client.p12 -clcerts -nokeys -out client-certificate.pem",
        "openssl pkcs12 -in client.p12 -nocerts -nodes -out client-key.pem",
        "# Delete client.p12 and client-key.pem when both are entered.",
      ].join("\n"),
      source: place(key),
    });
  }
  return advice;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
