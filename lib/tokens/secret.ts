import { createHash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = "lks_";
const RANDOM_LENGTH = 43;
const CHECK_LENGTH = 6;
const SHAPE = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECK_LENGTH}})$`);
const HINT_LENGTH = PREFIX.length + 4;

/** A new secret as it is shown once, the form that is stored, and the beginning by which people recognise it. */
export type NewSecret = { readonly secret: string; readonly hash: string; readonly hint: string };

/**
 * Makes the secret of a token: `lks_`, 43 characters of base 62 (256 bits) and 6 of their CRC-32, so that scanners for leaked secrets
 * know it by its shape and a typing error is told without asking the database.
 */
export function newSecret(): NewSecret {
  const random = Array.from({ length: RANDOM_LENGTH }, () =>
    ALPHABET.charAt(randomInt(ALPHABET.length)),
  ).join("");
  const secret = `${PREFIX}${random}${checkOf(random)}`;
  return { secret, hash: hashSecret(secret), hint: secret.slice(0, HINT_LENGTH) };
}

/** Whether a text has the shape and the checksum of a secret; says nothing of whether there is such a token. */
export function isWellFormed(text: string): boolean {
  const [, random, check] = SHAPE.exec(text) ?? [];
  return random !== undefined && check === checkOf(random);
}

/** The form in which a secret is stored and looked up: its SHA-256 in hexadecimal. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}

function checkOf(random: string): string {
  let rest = crc32(random);
  let check = "";
  for (let place = 0; place < CHECK_LENGTH; place += 1) {
    check = ALPHABET.charAt(rest % ALPHABET.length) + check;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return check;
}
