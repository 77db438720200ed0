import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate and its key as PEM text. */
export type TestCertificate = { readonly cert: string; readonly key: string; readonly privateKey: KeyObject };

/** A new authority, valid for a day around now. */
export function createAuthority(name: string): TestCertificate {
  return issue({ name, issuer: null, hosts: [], authority: true, days: [-1, 1] });
}

/** A server's certificate for host names and IPv4 addresses, signed by the authority. `days`: from and to, counted from now. */
export function createServerCertificate(
  issuer: TestCertificate & { readonly name: string },
  hosts: readonly string[],
  days: readonly [number, number] = [-1, 1],
): TestCertificate {
  return issue({ name: hosts[0] ?? "server", issuer, hosts, authority: false, days });
}

type Order = {
  readonly name: string;
  readonly issuer: (TestCertificate & { readonly name: string }) | null;
  readonly hosts: readonly string[];
  readonly authority: boolean;
  readonly days: readonly [number, number];
};

/** X.509 version 3 (RFC 5280) with an ECDSA P-256 key, the little of it that a TLS test needs. */
function issue({ name, issuer, hosts, authority, days }: Order): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("2a8648ce3d040302"));
  const body = sequence(
    tag(0xa0, integer([2])),
    integer([1, ...randomSerial()]),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(time(days[0]), time(days[1])),
    distinguishedName(name),
    publicKey.export({ type: "spki", format: "der" }),
    tag(0xa3, sequence(...extensions(hosts, authority))),
  );
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey);
  const der = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKey,
  };
}

function extensions(hosts: readonly string[], authority: boolean): Buffer[] {
  const constraints = sequence(
    oid("551d13"),
    tag(0x01, Buffer.of(0xff)),
    tag(0x04, sequence(...(authority ? [tag(0x01, Buffer.of(0xff))] : []))),
  );
  if (hosts.length === 0) return [constraints];
  const names = hosts.map((host) =>
    /^[0-9.]+$/.test(host)
      ? tag(0x87, Buffer.from(host.split(".").map(Number)))
      : tag(0x82, Buffer.from(host)),
  );
  return [constraints, sequence(oid("551d11"), tag(0x04, sequence(...names)))];
}

function distinguishedName(name: string): Buffer {
  return sequence(tag(0x31, sequence(oid("550403"), tag(0x0c, Buffer.from(name)))));
}

function time(days: number): Buffer {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return tag(0x17, Buffer.from(`${date.slice(2, 19).replace(/[-:T]/g, "")}Z`));
}

function randomSerial(): number[] {
  return Array.from({ length: 8 }, () => Math.floor(Math.random() * 256));
}

/** A DER object identifier, its content as hexadecimal digits. */
export function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, "hex"));
}

/** A DER integer of these bytes, most significant first. */
export function integer(bytes: readonly number[]): Buffer {
  return tag(0x02, Buffer.from(bytes));
}

/** A DER sequence of what is already DER. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

/** A DER value with this tag, of at most 65,535 bytes. */
export function tag(type: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(type, ...size), content]);
}
