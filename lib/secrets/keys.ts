import { hkdfSync } from "node:crypto";

import { AppError } from "#lib/errors.ts";

/** What a derived key is for; a key is never used for two purposes. */
export type KeyPurpose = "sealed-fields" | "sessions" | "links" | "audit-head";

/**
 * Derives the 32-byte key for one purpose from `LOCKSTEP_SECRET_KEY` (32 bytes as 64 hexadecimal digits or base64).
 * @throws AppError `unavailable` when the variable is missing or not 32 bytes long
 */
export function deriveKey(purpose: KeyPurpose): Buffer {
  const derived = hkdfSync(
    "sha256",
    readSecretKey(process.env["LOCKSTEP_SECRET_KEY"]),
    "",
    `lockstep/${purpose}/v1`,
    32,
  );
  return Buffer.from(derived);
}

/** Reads the 32 bytes of a secret key written as hexadecimal or base64. @throws AppError `unavailable` otherwise */
export function readSecretKey(text: string | undefined): Buffer {
  const trimmed = (text ?? "").trim();
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, "hex")
    : Buffer.from(trimmed, "base64");
  if (bytes.length !== 32) {
    throw new AppError(
      "unavailable",
      "LOCKSTEP_SECRET_KEY must be 32 bytes, written as 64 hexadecimal digits or as base64. Make one with: openssl rand -hex 32",
    );
  }
  return bytes;
}
