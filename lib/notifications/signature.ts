import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

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
  return `t=${unixSeconds},v1=${macOf(secret, body, unixSeconds)}`;
}

/** Whether a header signs this very body with this secret and is at most `toleranceSeconds` away from now; what a receiver does. */
export function isSignedBy(
  secret: string,
  body: string,
  header: string,
  nowSeconds: number,
  toleranceSeconds = 300,
): boolean {
  const match = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/.exec(header);
  if (match?.[1] === undefined || match[2] === undefined) return false;
  const at = +match[1];
  if (Math.abs(nowSeconds - at) > toleranceSeconds) return false;
  return timingSafeEqual(Buffer.from(match[2], "hex"), Buffer.from(macOf(secret, body, at), "hex"));
}

function macOf(secret: string, body: string, unixSeconds: number): string {
  return createHmac("sha256", secret).update(`${unixSeconds}.${body}`, "utf8").digest("hex");
}
