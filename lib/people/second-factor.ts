import { createHash, randomBytes } from "node:crypto";

import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { SecondFactorChoices } from "#lib/people/schema.ts";
import type { Attempt } from "#lib/people/sign-in-throttle.ts";
import { matchingStep, toBase32, TOTP_STEP_SECONDS } from "#lib/people/totp.ts";
import { type FieldPlace, openField } from "#lib/secrets/sealed-field.ts";

/** With what a second factor was given as a code. */
export type CodeMethod = "totp" | "recovery-code";

const RECOVERY_CODES = 10;
/** 80 random bits: nobody finds one from its hash by trying. */
const RECOVERY_BYTES = 10;

/** Which second factors the person may finish a sign-in with; null when none is in use, and then none is asked for. */
export async function secondFactorChoices(
  reader: Pick<Reader, "$queryRaw">,
  personId: string,
): Promise<SecondFactorChoices | null> {
  const rows = await reader.$queryRaw<SecondFactorChoices[]>`
    SELECT EXISTS (SELECT FROM totp_factor WHERE person_id = ${personId}::uuid AND confirmed_at IS NOT NULL) AS totp,
      EXISTS (SELECT FROM passkey WHERE person_id = ${personId}::uuid) AS passkey,
      EXISTS (SELECT FROM recovery_code WHERE person_id = ${personId}::uuid AND used_at IS NULL) AS "recoveryCode"`;
  const [row] = rows;
  return row === undefined || !(row.totp || row.passkey) ? null : row;
}

/**
 * Uses up a code of the authenticator app or a recovery code, whichever it is; neither ever works twice, also not at the same
 * moment. Codes of the app are judged by the database's clock, 30 seconds before and after included.
 * @throws AppError `forbidden`, with the words beside `code`, for everything else
 */
export async function spendFactorCode(tx: Tx, personId: string, code: string): Promise<CodeMethod> {
  if (await spendTotpCode(tx, personId, code)) return "totp";
  if (await spendRecoveryCode(tx, personId, code)) return "recovery-code";
  const message = "This code is wrong, too old, or was used already. Wait for the next one and enter that.";
  throw new AppError("forbidden", message, { fields: { code: message } });
}

/** How tries of a person's codes are counted: apart from the password's, so that knowing the password forgives none of them. */
export function codeAttempt(personId: string, address: string | null): Attempt {
  return { email: `second factor of ${personId}`, address };
}

/** Where the secret of a person's authenticator app is sealed. */
export function totpPlace(personId: string): FieldPlace {
  return { table: "totp_factor", row: personId, field: "secret" };
}

/** Ten recovery codes, known here and now alone, in place of those that the person had. */
export async function replaceRecoveryCodes(tx: Tx, personId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => toBase32(randomBytes(RECOVERY_BYTES)));
  await tx.recoveryCode.deleteMany({ where: { personId } });
  await tx.recoveryCode.createMany({ data: codes.map((code) => ({ personId, codeHash: hashOf(code) })) });
  return codes.map((code) => (code.match(/.{4}/g) ?? []).join("-"));
}

/** Recovery codes for a person's first second factor; null when they have some already. */
export async function ensureRecoveryCodes(tx: Tx, personId: string): Promise<readonly string[] | null> {
  if ((await tx.recoveryCode.count({ where: { personId } })) > 0) return null;
  return replaceRecoveryCodes(tx, personId);
}

/** Takes the recovery codes away with the last second factor: alone they would be none. */
export async function dropIdleRecoveryCodes(tx: Tx, personId: string): Promise<void> {
  if ((await secondFactorChoices(tx, personId)) !== null) return;
  await tx.recoveryCode.deleteMany({ where: { personId } });
}

/** Takes every second factor away from a person, and says how many there were. */
export async function dropSecondFactors(
  tx: Tx,
  personId: string,
): Promise<{ totp: number; passkeys: number }> {
  const totp = await tx.totpFactor.deleteMany({ where: { personId } });
  const passkeys = await tx.passkey.deleteMany({ where: { personId } });
  await tx.recoveryCode.deleteMany({ where: { personId } });
  await tx.authChallenge.deleteMany({ where: { personId } });
  return { totp: totp.count, passkeys: passkeys.count };
}

type Factor = { readonly sealed: string; readonly lastStep: bigint; readonly step: bigint };

/**
 * Takes the code of an authenticator app that is in use, or (`confirmed` false) of one that is being set up.
 * Holds the factor's row, so that of two with the same code one comes too late.
 */
export async function spendTotpCode(
  tx: Tx,
  personId: string,
  code: string,
  confirmed = true,
): Promise<boolean> {
  const rows = await tx.$queryRaw<Factor[]>`
    SELECT sealed_secret AS sealed, last_step AS "lastStep",
      floor(extract(epoch FROM clock_timestamp()) / ${TOTP_STEP_SECONDS})::bigint AS step
    FROM totp_factor WHERE person_id = ${personId}::uuid AND (confirmed_at IS NOT NULL) = ${confirmed}
    FOR UPDATE`;
  const [factor] = rows;
  if (factor === undefined) return false;
  const step = matchingStep(openField(totpPlace(personId), factor.sealed), code, factor.step);
  if (step === null || step <= factor.lastStep) return false;
  await tx.totpFactor.update({ where: { personId }, data: { lastStep: step } });
  return true;
}

async function spendRecoveryCode(tx: Tx, personId: string, code: string): Promise<boolean> {
  const used = await tx.$executeRaw`
    UPDATE recovery_code SET used_at = now()
    WHERE person_id = ${personId}::uuid AND code_hash = ${hashOf(code)} AND used_at IS NULL`;
  return used === 1;
}

function hashOf(code: string): string {
  return createHash("sha256").update(code, "utf8").digest("hex");
}
