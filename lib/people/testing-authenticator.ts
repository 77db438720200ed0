import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

import { isoCBOR } from "@simplewebauthn/server/helpers";

/** What an authenticator's answer is made of; each part can be made wrong. */
export type Ceremony = {
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** False: nobody showed a PIN or finger, only presence. */
  readonly userVerified?: boolean;
  /** The signature counter to show, in place of one more than before. */
  readonly counter?: number;
};

const FLAG = { present: 0x01, verified: 0x04, attested: 0x40 } as const;

/** A WebAuthn authenticator in software: one ES256 key, and the ceremonies as a browser would hand them over. */
export function softAuthenticator() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(32).toString("base64url");
  let used = 0;
  const counterOf = (ceremony: Ceremony) => {
    used = ceremony.counter ?? used + 1;
    return used;
  };
  return {
    id,
    /** The answer to `navigator.credentials.create`, without attestation. */
    create: (ceremony: Ceremony) => {
      const authData = Buffer.concat([
        head(ceremony, counterOf(ceremony), FLAG.attested),
        attestedCredential(id, publicKey),
      ]);
      const attestation = isoCBOR.encode(
        new Map<string, string | Uint8Array | Map<string | number, string>>([
          ["fmt", "none"],
          ["attStmt", new Map()],
          ["authData", Uint8Array.from(authData)],
        ]),
      );
      const response = {
        clientDataJSON: clientData("webauthn.create", ceremony),
        attestationObject: Buffer.from(attestation).toString("base64url"),
        transports: ["internal"],
      };
      return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {}, response };
    },
    /** The answer to `navigator.credentials.get`. */
    get: (ceremony: Ceremony) => {
      const authData = head(ceremony, counterOf(ceremony), 0);
      const client = clientData("webauthn.get", ceremony);
      const signed = Buffer.concat([authData, sha256(Buffer.from(client, "base64url"))]);
      const response = {
        clientDataJSON: client,
        authenticatorData: authData.toString("base64url"),
        signature: sign("sha256", signed, privateKey).toString("base64url"),
      };
      return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {}, response };
    },
  };
}

function head(ceremony: Ceremony, counter: number, flags: number): Buffer {
  const fixed = Buffer.alloc(5);
  fixed.writeUInt8(FLAG.present | (ceremony.userVerified === false ? 0 : FLAG.verified) | flags, 0);
  fixed.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(Buffer.from(ceremony.rpId ?? "localhost")), fixed]);
}

/** Source: WebAuthn level 3, section 6.5.1 */
function attestedCredential(id: string, publicKey: KeyObject): Buffer {
  const bytes = Buffer.from(id, "base64url");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Uint8Array.from(Buffer.from(x, "base64url"))],
    [-3, Uint8Array.from(Buffer.from(y, "base64url"))],
  ]);
  return Buffer.concat([Buffer.alloc(16), length, bytes, isoCBOR.encode(cose)]);
}

function clientData(type: string, ceremony: Ceremony): string {
  const origin = ceremony.origin ?? "http://localhost:3000";
  const data = { type, challenge: ceremony.challenge, origin, crossOrigin: false };
  return Buffer.from(JSON.stringify(data)).toString("base64url");
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
