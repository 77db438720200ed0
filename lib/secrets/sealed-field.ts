import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { AppError } from "#lib/errors.ts";
import { deriveKey } from "#lib/secrets/keys.ts";

/** Where a sealed value stands; bound into it, so that a value copied to another row or field does not open. */
export type FieldPlace = { readonly table: string; readonly row: string; readonly field: string };

const FORMAT = "v1";

/** Encrypts a secret for storage: AES-256-GCM with its place as associated data, as `v1.<nonce>.<tag>.<text>` in base64url. */
export function sealField(place: FieldPlace, secret: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", deriveKey("sealed-fields"), nonce);
  cipher.setAAD(associatedData(place));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return [FORMAT, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"))].join(
    ".",
  );
}

/** Opens what `sealField` made for the same place. @throws AppError `unavailable` when the key or the place is another, or the text was changed */
export function openField(place: FieldPlace, sealed: string): string {
  const [format, nonce, tag, text] = sealed.split(".");
  if (format !== FORMAT || nonce === undefined || tag === undefined || text === undefined)
    throw unreadable(place);
  try {
    const decipher = createDecipheriv(
      "aes-256-gcm",
      deriveKey("sealed-fields"),
      Buffer.from(nonce, "base64url"),
    );
    decipher.setAAD(associatedData(place));
    decipher.setAuthTag(Buffer.from(tag, "base64url"));
    return Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]).toString(
      "utf8",
    );
  } catch (cause) {
    throw unreadable(place, cause);
  }
}

function associatedData(place: FieldPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.row, place.field]), "utf8");
}

function unreadable(place: FieldPlace, cause?: unknown): AppError {
  return new AppError(
    "unavailable",
    `The stored secret "${place.field}" cannot be read with this LOCKSTEP_SECRET_KEY. Nothing was changed. Start with the key that was used when it was saved, or enter the secret again.`,
    { cause },
  );
}
