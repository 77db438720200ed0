import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { beginTotp } from "#lib/people/begin-totp.ts";
import { completeSignIn } from "#lib/people/complete-sign-in.ts";
import { confirmIdentity } from "#lib/people/confirm-identity.ts";
import { confirmTotp } from "#lib/people/confirm-totp.ts";
import { createRecoveryLink } from "#lib/people/create-recovery-link.ts";
import { hasSecondFactor } from "#lib/people/fresh-sign-in.ts";
import { getSignInMethods } from "#lib/people/get-sign-in-methods.ts";
import { getPendingSignIn } from "#lib/people/pending-sign-in.ts";
import { removeTotp } from "#lib/people/remove-totp.ts";
import { renewRecoveryCodes } from "#lib/people/renew-recovery-codes.ts";
import { resetSecondFactor } from "#lib/people/reset-second-factor.ts";
import { completeSignInInput } from "#lib/people/schema.ts";
import { signIn } from "#lib/people/sign-in.ts";
import {
  ageProofs,
  givePassword,
  inNewSession,
  lastEntry,
  makePerson,
  systemContext,
  useTestDatabase,
} from "#lib/people/testing.ts";
import { fromBase32, totpCode } from "#lib/people/totp.ts";

const PASSWORD = "correct horse battery";
let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const visitor = (): Context => ({ actor: VISITOR, sourceAddress: null, requestId: randomUUID() });

/** The code that an app shows now, or some steps away, by the database's clock; never just before the next one. */
async function codeOf(secret: string, stepsAway = 0n): Promise<string> {
  const rows = await database().$queryRaw<{ seconds: bigint }[]>`
    SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS seconds
    FROM pg_sleep(greatest(0, extract(epoch FROM clock_timestamp())::numeric % 30 - 26))`;
  return totpCode(fromBase32(secret), (rows[0]?.seconds ?? 0n) / 30n + stepsAway);
}

/** Lets the app be used again within the same 30 seconds. */
async function forgetLastStep(person: Context): Promise<void> {
  await database().totpFactor.update({ where: { personId: person.actor.id }, data: { lastStep: 0n } });
}

async function person(name: string) {
  const made = await makePerson(name, [{ role: "viewer" }]);
  await givePassword(made, PASSWORD);
  return inNewSession({ ...made, sourceAddress: null });
}

async function enrolled(name: string) {
  const ctx = await person(name);
  const { secret } = await beginTotp(ctx);
  const { recoveryCodes } = await confirmTotp(ctx, { code: await codeOf(secret) });
  await forgetLastStep(ctx);
  return { ctx, secret, recoveryCodes: recoveryCodes ?? [] };
}

async function begin(ctx: { actor: { email: string } }) {
  const answer = await signIn(visitor(), { email: ctx.actor.email, password: PASSWORD }, null);
  return { token: answer.cookies[0]?.value ?? "", answer };
}

const complete = async (token: string, code: string) =>
  completeSignIn(visitor(), token, completeSignInInput.parse({ code }), null);

describe("setting up an authenticator app", () => {
  it("shows the secret once, keeps it sealed, and puts it into use with a right code", async () => {
    const ctx = await person("Ada");
    const { secret, uri } = await beginTotp(ctx);
    expect(uri).toContain(`secret=${secret}`);
    expect(JSON.stringify(await lastEntry(), (_key, value: unknown) => String(value))).not.toContain(secret);
    const stored = await database().totpFactor.findUniqueOrThrow({ where: { personId: ctx.actor.id } });
    expect(stored.sealedSecret).toMatch(/^v1\./);
    expect(stored.sealedSecret).not.toContain(secret);
    expect(await hasSecondFactor(database(), ctx.actor.id)).toBe(false);
    await expect(confirmTotp(ctx, { code: "000000" })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "confirm-totp", result: "denied" });
    const { recoveryCodes } = await confirmTotp(ctx, { code: await codeOf(secret) });
    expect(await lastEntry()).toMatchObject({ action: "confirm-totp", input: { code: "[hidden]" } });
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(recoveryCodes?.[0]).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
    const hashes = await database().recoveryCode.findMany({ where: { personId: ctx.actor.id } });
    expect(hashes.every(({ codeHash }) => /^[0-9a-f]{64}$/.test(codeHash))).toBe(true);
    expect(await getSignInMethods(ctx)).toMatchObject({ recoveryCodesLeft: 10, passkeys: [] });
    await expect(beginTotp(ctx)).rejects.toMatchObject({ code: "conflict" });
  });

  it("needs a fresh sign-in at each step, and a session at all", async () => {
    const ctx = await person("Bea");
    const { secret } = await beginTotp(ctx);
    await ageProofs(ctx.sessionId, "6 minutes");
    const stale = { code: "fresh-sign-in-required" };
    await expect(beginTotp(ctx)).rejects.toMatchObject(stale);
    await expect(confirmTotp(ctx, { code: await codeOf(secret) })).rejects.toMatchObject(stale);
    await expect(removeTotp(ctx)).rejects.toMatchObject(stale);
    await expect(renewRecoveryCodes(ctx)).rejects.toMatchObject(stale);
    expect(await lastEntry()).toMatchObject({ action: "renew-recovery-codes", result: "denied" });
    await expect(beginTotp(systemContext)).rejects.toMatchObject({ code: "invalid" });
  });

  it("may begin anew until it is in use; the secret before it is worth nothing then", async () => {
    const ctx = await person("Cat");
    const first = await beginTotp(ctx);
    const second = await beginTotp(ctx);
    await expect(confirmTotp(ctx, { code: await codeOf(first.secret) })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(confirmTotp(ctx, { code: await codeOf(second.secret) })).resolves.toBeDefined();
  });
});

describe("signing in with a second factor", () => {
  it("opens no session before the code was right, and then a strong one", async () => {
    const { ctx, secret } = await enrolled("Dan");
    await database().session.deleteMany({ where: { userId: ctx.actor.id } });
    const { token, answer } = await begin(ctx);
    expect(answer.secondFactor).toEqual({ totp: true, passkey: false, recoveryCode: true });
    expect(answer.cookies).toMatchObject([{ name: "lockstep.sign_in", maxAge: 600 }]);
    expect(await lastEntry()).toMatchObject({ action: "sign-in", outcome: { complete: false } });
    expect(await database().session.count({ where: { userId: ctx.actor.id } })).toBe(0);
    expect(await getPendingSignIn(token)).toMatchObject({ totp: true });
    const code = await codeOf(secret);
    const cookies = await complete(token, `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(cookies[0]?.name).toBe("lockstep.session_token");
    expect(await lastEntry()).toMatchObject({
      action: "complete-sign-in",
      actorName: "Dan",
      outcome: { with: "password", secondFactor: "totp" },
    });
    const session = await database().session.findFirstOrThrow({ where: { userId: ctx.actor.id } });
    expect(session).toMatchObject({
      signedInWith: "password",
      confirmedAt: expect.any(Date) as Date,
      secondFactorAt: expect.any(Date) as Date,
    });
    expect(await getPendingSignIn(token)).toBeNull();
    await expect(complete(token, await codeOf(secret, 1n))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("takes each code once, also for two at the same moment, and none from before the last", async () => {
    const { ctx, secret } = await enrolled("Eli");
    const code = await codeOf(secret);
    const [one, two] = [await begin(ctx), await begin(ctx)];
    const tries = await Promise.allSettled([complete(one.token, code), complete(two.token, code)]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const third = await begin(ctx);
    await expect(complete(third.token, code)).rejects.toMatchObject({ code: "forbidden" });
    await expect(complete(third.token, await codeOf(secret, -1n))).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(complete(third.token, await codeOf(secret, 1n))).resolves.toBeDefined();
  });

  it("takes clocks that are 30 seconds off, and none that are more", async () => {
    const { ctx, secret } = await enrolled("Fay");
    for (const [steps, fits] of [
      [-1n, true],
      [1n, true],
      [-3n, false],
      [3n, false],
    ] as const) {
      await forgetLastStep(ctx);
      const { token } = await begin(ctx);
      const tried = complete(token, await codeOf(secret, steps));
      if (fits) await expect(tried).resolves.toBeDefined();
      else await expect(tried).rejects.toMatchObject({ code: "forbidden", fields: { code: /code/ } });
    }
  });

  it("takes a recovery code once, however it is typed, in place of the app", async () => {
    const { ctx, recoveryCodes } = await enrolled("Gus");
    const [first = "", second = ""] = recoveryCodes;
    await complete((await begin(ctx)).token, ` ${first.toLowerCase().replaceAll("-", " ")} `);
    expect(await lastEntry()).toMatchObject({ outcome: { secondFactor: "recovery-code" } });
    const { token } = await begin(ctx);
    await expect(complete(token, first)).rejects.toMatchObject({ code: "forbidden" });
    await expect(complete(token, second)).resolves.toBeDefined();
    expect(await getSignInMethods(ctx)).toMatchObject({ recoveryCodesLeft: 8 });
  });

  it("delays the sixth wrong code, and knowing the password forgives none of them", async () => {
    const { ctx, secret } = await enrolled("Hal");
    for (let index = 0; index < 5; index += 1) {
      const { token } = await begin(ctx);
      await expect(complete(token, "000000")).rejects.toMatchObject({ code: "forbidden" });
      expect(await lastEntry()).toMatchObject({ action: "complete-sign-in", result: "denied" });
    }
    const { token } = await begin(ctx);
    const rows = await database().auditEntry.count();
    await expect(complete(token, await codeOf(secret))).rejects.toMatchObject({
      message: expect.stringContaining("Wait") as string,
    });
    expect(await database().auditEntry.count()).toBe(rows);
  });

  it("lets nobody in with a token that is old, made up or of somebody who left", async () => {
    const { ctx, secret } = await enrolled("Ida");
    const { token } = await begin(ctx);
    await expect(complete("x".repeat(43), await codeOf(secret))).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await database()
      .$executeRaw`UPDATE auth_challenge SET expires_at = now() - interval '1 second' WHERE kind = 'second-factor'`;
    await expect(complete(token, await codeOf(secret))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await getPendingSignIn(token)).toBeNull();
    const again = await begin(ctx);
    await database().person.update({ where: { id: ctx.actor.id }, data: { deactivatedAt: new Date() } });
    await expect(complete(again.token, await codeOf(secret))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });
});

describe("a fresh sign-in with a second factor", () => {
  it("takes password and code together, or one after the other; one wrong part undoes the other", async () => {
    const { ctx, secret } = await enrolled("Jan");
    await ageProofs(ctx.sessionId, "1 hour");
    const code = await codeOf(secret);
    const wrong = confirmIdentity(ctx, { password: "wrong wrong wrong", code });
    await expect(wrong).rejects.toMatchObject({ fields: { password: "This is not your password." } });
    await expect(confirmIdentity(ctx, { password: PASSWORD, code: "000000" })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await confirmIdentity(ctx, { password: PASSWORD, code: "" })).toEqual({
      identity: true,
      secondFactor: false,
    });
    expect(await confirmIdentity(ctx, { password: "", code })).toEqual({
      identity: true,
      secondFactor: true,
    });
    await ageProofs(ctx.sessionId, "1 hour");
    const both = { password: PASSWORD, code: await codeOf(secret, 1n) };
    expect(await confirmIdentity(ctx, both)).toEqual({ identity: true, secondFactor: true });
    await expect(confirmIdentity(ctx, both)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("losing a second factor", () => {
  it("one's own takes the recovery codes along, and sign-in asks for it no more", async () => {
    const { ctx } = await enrolled("Kim");
    const { recoveryCodes } = await renewRecoveryCodes(ctx);
    expect(recoveryCodes).toHaveLength(10);
    await removeTotp(ctx);
    expect(await lastEntry()).toMatchObject({ action: "remove-totp", result: "done" });
    expect(await database().recoveryCode.count({ where: { personId: ctx.actor.id } })).toBe(0);
    expect((await begin(ctx)).answer.secondFactor).toBeNull();
    await expect(removeTotp(ctx)).rejects.toMatchObject({ code: "not-found" });
    await expect(renewRecoveryCodes(ctx)).rejects.toMatchObject({ code: "conflict" });
  });

  it("new recovery codes end the ones before", async () => {
    const { ctx, recoveryCodes } = await enrolled("Liv");
    await renewRecoveryCodes(ctx);
    expect(await lastEntry()).toMatchObject({ action: "renew-recovery-codes", outcome: null });
    await expect(complete((await begin(ctx)).token, recoveryCodes[0] ?? "")).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("is an administrator's to reset, freshly signed in, and ends the sessions", async () => {
    const { ctx } = await enrolled("Max");
    const input = { personId: ctx.actor.id };
    const root = await inNewSession(await makePerson("Root", [{ role: "administrator" }]));
    await expect(resetSecondFactor(await person("Nobody"), input)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({ action: "reset-second-factor", result: "denied" });
    await ageProofs(root.sessionId, "6 minutes");
    await expect(resetSecondFactor(root, input)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    await ageProofs(root.sessionId, "0 minutes");
    const { token } = await begin(ctx);
    expect(await resetSecondFactor(root, input)).toEqual({ totp: 1, passkeys: 0, sessionsEnded: 1 });
    expect(await lastEntry()).toMatchObject({
      action: "reset-second-factor",
      subjectName: "Max",
      outcome: { totp: 1, sessionsEnded: 1 },
    });
    expect(await getPendingSignIn(token)).toBeNull();
    expect((await begin(ctx)).answer.secondFactor).toBeNull();
  });

  it("is the host's to reset with a recovery link, and only when asked to", async () => {
    const { ctx } = await enrolled("Ned");
    const { email } = ctx.actor;
    await createRecoveryLink(systemContext, { email, resetSecondFactor: false });
    expect(await hasSecondFactor(database(), ctx.actor.id)).toBe(true);
    await createRecoveryLink(systemContext, { email, resetSecondFactor: true });
    expect(await hasSecondFactor(database(), ctx.actor.id)).toBe(false);
    expect(await lastEntry()).toMatchObject({ outcome: { secondFactorReset: true } });
  });
});
