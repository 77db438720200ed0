import { createHmac, randomBytes } from "node:crypto";

/** The header that carries the signature of a webhook; described in docs/protocols/webhooks.md. */
export const SIGNATURE_HEADER = "Lockstep-Signature";

/** A new signing secret: 32 random bytes behind a prefix that secret scanners can look for. */
export function newSigningSecret(): string {
  return `lswh_${randomBytes(32).toString("base64url")}`;
}

/**
 * The value of the signature header: `t=<Unix seconds>,v1=<hex>`, where the hex is HMAC-SHA256 with the secret's text as key over
 * `<Unix seconds>.<body>`. Receivers refuse what is older than five minutes, so that a copied request is worth nothing later.
 */
export function signatureOf(secret: string, body: string, unixSeconds: number): string {
  const mac = createHmac("sha256", secret).update(`${unixSeconds}.${body}`, "utf8").digest("hex");
  return `t=${unixSeconds},v1=${mac}`;
}
