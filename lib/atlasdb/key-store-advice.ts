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
  if (trust !== null && isPem(ssl.value("trustStoreType"))) {
    advice.push(pemAdvice(about, node, "Certificates of the authority", trust));
  } else if (trust !== null) {
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

/**
 * What to print of the PEM files that a Postgres connection's parameters name; the driver takes the key as PKCS 8 in DER.
 * Source: the JDBC driver's `sslrootcert`, `sslcert` and `sslkey`
 */
export function postgresKeyAdvice(node: string, parameters: Section | null): KeyStoreAdvice[] {
  const authority = parameters?.value("sslrootcert") ?? null;
  const certificate = parameters?.value("sslcert") ?? null;
  const key = parameters?.value("sslkey") ?? null;
  return [
    ...(authority === null ? [] : [pemAdvice("store", node, "Certificates of the authority", authority)]),
    ...(certificate === null ? [] : [pemAdvice("store", node, "Client certificate", certificate)]),
    ...(key === null
      ? []
      : [
          {
            about: "store" as const,
            title: `Client key, from ${key.text}`,
            commands: `openssl pkcs8 -inform DER -nocrypt -in ${shellWord(key.text)}`,
            source: { node, file: key.file, line: key.line },
          },
        ]),
  ];
}

function pemAdvice(
  about: KeyStoreAdvice["about"],
  node: string,
  what: string,
  path: Located,
): KeyStoreAdvice {
  return {
    about,
    title: `${what}, from ${path.text}`,
    commands: `cat ${shellWord(path.text)}`,
    source: { node, file: path.file, line: path.line },
  };
}

function isPem(type: Located | null): boolean {
  return type?.text.toUpperCase() === "PEM";
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
