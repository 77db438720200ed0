import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { REDACTED, redactConfiguration } from "#lib/atlasdb/redact-configuration.ts";

const FILE = `# the store of app
atlasdb:
  namespace: app # keep
  keyValueService:
    type: relational
    connection:
      type: postgres
      dbLogin: app
      dbPassword: hunter2hunter2 # changed in May
      connectionParameters: {password: "hunter2hunter2", ssl: true}
    credentials:
      username: cassandra
      password: 'hunter2hunter2'
  leader:
    sslConfiguration:
      trustStorePath: var/security/trust.jks
      keyStorePassword: hunter2hunter2
  timelock:
    serversList:
      servers: ["https://bob:hunter2hunter2@tl-1:8421"]
  note: |
    -----BEGIN RSA PRIVATE KEY-----
    hunter2hunter2
    -----END RSA PRIVATE KEY-----
  apiToken: >-
    hunter2hunter2
  after: stays
`;

test("no secret is left, and everything else is", () => {
  const redacted = redactConfiguration(FILE);
  expect(redacted).not.toContain("hunter2");
  for (const kept of [
    "# the store of app",
    "# keep",
    "# changed in May",
    "dbLogin: app",
    "username: cassandra",
    "trust.jks",
    "after: stays",
    "ssl: true",
    "tl-1:8421",
  ]) {
    expect(redacted).toContain(kept);
  }
  expect(parse(redacted)).toMatchObject({
    atlasdb: { keyValueService: { connection: { dbPassword: REDACTED } }, after: "stays" },
  });
});

test("text that is no YAML is redacted line by line", () => {
  const broken = `{{ if .x }}\n${FILE}\n  - a: [\nPGPASSWORD=hunter2hunter2\nurl: postgres://u:hunter2hunter2@h/db?password=hunter2hunter2&x=1`;
  const redacted = redactConfiguration(broken);
  expect(redacted).not.toContain("hunter2");
  expect(redacted).toContain("after: stays");
});

test("doing it twice changes nothing more", () => {
  const once = redactConfiguration(FILE);
  expect(redactConfiguration(once)).toBe(once);
});

describe("whatever the secret looks like", () => {
  const marker = "SeCrEtMaRkEr";
  const secret = fc.string({ maxLength: 20 }).map((noise) => `${noise}${marker}`);
  const key = fc.constantFrom(
    "password",
    "dbPassword",
    "keyStorePassword",
    "secretKey",
    "api-token",
    "trustStorePassphrase",
    "privateKey",
  );

  test("as JSON, which is YAML", () => {
    fc.assert(
      fc.property(key, secret, fc.string({ maxLength: 10 }), (name, value, beside) => {
        const text = JSON.stringify({
          atlasdb: { [name]: value, beside, deep: [{ [name]: { list: [value] } }] },
        });
        expect(redactConfiguration(text)).not.toContain(marker);
      }),
    );
  });

  test("as block YAML, in quotes, as a literal, under a nested key, cut off or not", () => {
    fc.assert(
      fc.property(
        key,
        fc.stringMatching(/^[A-Za-z0-9 #@:/%+=.-]{0,12}$/),
        fc.constantFrom("", "\nx: [", "\n  bad"),
        (name, noise, end) => {
          const value = `${marker}${noise}`;
          const quoted = JSON.stringify(value);
          const text = [
            "a:",
            `  ${name}: ${quoted}`,
            `  other: {${name}: ${quoted}, b: 1}`,
            `  ${name}2: |`,
            `    ${value}`,
            `    second ${value}`,
            `  ${name}3:`,
            `    - ${quoted}`,
            `  - ${name}: ${quoted}`,
            end,
          ].join("\n");
          expect(redactConfiguration(text)).not.toContain(marker);
        },
      ),
    );
  });
});
