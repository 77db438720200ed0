import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long one code is shown. Source: RFC 6238, section 5.2 */
export const TOTP_STEP_SECONDS = 30;

/** Digits of a code, as every authenticator app shows them. */
export const TOTP_DIGITS = 6;

const SECRET_BYTES = 20;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new secret: 160 random bits, the length that RFC 4226 recommends, in base32 without padding. */
export function newTotpSecret(): string {
  return toBase32(randomBytes(SECRET_BYTES));
}

/** The code of a time step (seconds since 1970 divided by 30), with HMAC-SHA-1. Source: RFC 4226, section 5.3; RFC 6238 */
export function totpCode(secret: Uint8Array, step: bigint, digits: number = TOTP_DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(step);
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const truncated = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return `${truncated % 10 ** digits}`.padStart(digits, "0");
}

/**
 * The time step whose code this is: the current one, or the one before or after it for clocks that are up to 30 seconds off;
 * null when it is none of them.
 */
export function matchingStep(secret: string, code: string, currentStep: bigint): bigint | null {
  const key = fromBase32(secret);
  const steps = [currentStep, currentStep - 1n, currentStep + 1n].filter((step) => step >= 0n);
  return steps.find((step) => isSame(totpCode(key, step), code)) ?? null;
}

/** What an authenticator app reads from the QR code. Source: the Key URI format of Google Authenticator */
export function totpUri(secret: string, account: string): string {
  const query = new URLSearchParams({ secret, issuer: "Lockstep" });
  return `otpauth://totp/${encodeURIComponent("Lockstep")}:${encodeURIComponent(account)}?${query.toString()}`;
}

/** Bytes as base32 without padding. Source: RFC 4648, section 6 */
export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET.charAt(valueOf(group.padEnd(5, "0")))).join("");
}

/** The bytes of base32 text, in either case; characters outside the alphabet count for nothing. */
export function fromBase32(text: string): Uint8Array {
  const bits = text
    .toUpperCase()
    .split("")
    .map((letter) => ALPHABET.indexOf(letter))
    .filter((value) => value >= 0)
    .map((value) => value.toString(2).padStart(5, "0"))
    .join("");
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map(valueOf));
}

function valueOf(bits: string): number {
  return bits.split("").reduce((value, bit) => value * 2 + (bit === "1" ? 1 : 0), 0);
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
