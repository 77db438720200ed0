import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { beginPasskey } from "#lib/people/begin-passkey.ts";
import { completeSignInWithPasskey } from "#lib/people/complete-sign-in-with-passkey.ts";
import { confirmIdentityWithPasskey } from "#lib/people/confirm-identity-with-passkey.ts";
import { hasSecondFactor } from "#lib/people/fresh-sign-in.ts";
import {
  beginPasskeyCompletion,
  beginPasskeyConfirmation,
  beginPasskeySignIn,
} from "#lib/people/passkey-challenge.ts";
import { registerPasskey } from "#lib/people/register-passkey.ts";
import { removePasskey } from "#lib/people/remove-passkey.ts";
import { renamePasskey } from "#lib/people/rename-passkey.ts";
import { passkeyInput, registerPasskeyInput } from "#lib/people/schema.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { signInWithPasskey } from "#lib/people/sign-in-with-passkey.ts";
import {
  ageProofs,
  givePassword,
  inNewSession,
  lastEntry,
  makePerson,
  systemContext,
  useTestDatabase,
} from "#lib/people/testing.ts";
import { type Ceremony, softAuthenticator } from "#lib/people/testing-authenticator.ts";

const PASSWORD = "correct horse battery";
let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

type Wrong = Omit<Ceremony, "challenge">;
type Authenticator = ReturnType<typeof softAuthenticator>;
let addresses = 0;
function visitor(): Context {
  addresses += 1;
  return { actor: VISITOR, sourceAddress: `10.1.0.${addresses}`, requestId: randomUUID() };
}

async function person(name: string) {
  const made = await makePerson(name, [{ role: "viewer" }]);
  await givePassword(made, PASSWORD);
  return inNewSession({ ...made, sourceAddress: null });
}

async function register(ctx: Context, key: Authenticator, name = "Laptop", wrong: Wrong = {}) {
  const { options } = await beginPasskey(ctx);
  const { challenge } = options;
  const answer = key.create({ challenge, ...wrong });
  return registerPasskey(ctx, registerPasskeyInput.parse({ name, challenge, answer }));
}

async function enrolled(name: string) {
  const [ctx, key] = [await person(name), softAuthenticator()];
  const { recoveryCodes } = await register(ctx, key);
  const { id } = await database().passkey.findFirstOrThrow({ where: { personId: ctx.actor.id } });
  return { ctx, key, passkeyId: id, recoveryCodes };
}

const answerOf = (key: Authenticator, challenge: string, wrong: Wrong = {}) =>
  passkeyInput.parse({ challenge, answer: key.get({ challenge, ...wrong }) });

async function enter(key: Authenticator, wrong: Wrong = {}, from = visitor()) {
  const { options } = await beginPasskeySignIn(from);
  return signInWithPasskey(from, answerOf(key, options.challenge, wrong), null);
}

describe("adding a passkey", () => {
  it("keeps its key, makes it a second factor, and brings recovery codes with the first", async () => {
    const { ctx, key, recoveryCodes } = await enrolled("Ada");
    expect(recoveryCodes).toHaveLength(10);
    expect(await lastEntry()).toMatchObject({
      action: "register-passkey",
      input: { name: "Laptop", challenge: "[hidden]", answer: { sha256: expect.any(String) as string } },
      outcome: { synced: false, recoveryCodesMade: true },
    });
    expect(await hasSecondFactor(database(), ctx.actor.id)).toBe(true);
    const stored = await database().passkey.findUniqueOrThrow({ where: { credentialId: key.id } });
    expect(stored).toMatchObject({ transports: ["internal"], lastUsedAt: null });
    expect((await register(ctx, softAuthenticator(), "Phone")).recoveryCodes).toBeNull();
    const { options } = await beginPasskey(ctx);
    expect(options.excludeCredentials?.map(({ id }) => id)).toContain(key.id);
    expect(options.rp.id).toBe("localhost");
  });

  it("needs a fresh sign-in, before the device makes anything and after", async () => {
    const ctx = await person("Bea");
    const { options } = await beginPasskey(ctx);
    await ageProofs(ctx.sessionId, "6 minutes");
    await expect(beginPasskey(ctx)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    expect(await lastEntry()).toMatchObject({ action: "begin-passkey", result: "denied" });
    const { challenge } = options;
    const answer = softAuthenticator().create({ challenge });
    const late = registerPasskey(ctx, registerPasskeyInput.parse({ name: "Late", challenge, answer }));
    await expect(late).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    await expect(beginPasskey(systemContext)).rejects.toMatchObject({ code: "invalid" });
  });

  it.each([
    ["another origin", { origin: "http://localhost.evil.example:3000" }],
    ["another name", { rpId: "evil.example" }],
  ])("refuses one made for %s", async (_what, wrong) => {
    const ctx = await person("Cat");
    await expect(register(ctx, softAuthenticator(), "Bad", wrong)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(await database().passkey.count({ where: { personId: ctx.actor.id } })).toBe(0);
  });

  it("takes a challenge once, in its own session, and no passkey twice", async () => {
    const [ctx, key] = [await person("Dan"), softAuthenticator()];
    const { options } = await beginPasskey(ctx);
    const { challenge } = options;
    const input = registerPasskeyInput.parse({ name: "One", challenge, answer: key.create({ challenge }) });
    const elsewhere = await inNewSession(ctx);
    await expect(registerPasskey(elsewhere, input)).rejects.toMatchObject({ code: "invalid" });
    await registerPasskey(ctx, input);
    await expect(registerPasskey(ctx, input)).rejects.toMatchObject({ code: "invalid" });
    await expect(register(ctx, key)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("signing in with a passkey alone", () => {
  it("opens a strong, fresh session and is recorded", async () => {
    const { ctx, key, passkeyId } = await enrolled("Eli");
    const cookies = await enter(key);
    expect(cookies[0]?.name).toBe("lockstep.session_token");
    expect(await lastEntry()).toMatchObject({
      action: "sign-in-with-passkey",
      actorName: "Eli",
      outcome: { with: "passkey", passkey: "Laptop", complete: true },
    });
    const session = await database().session.findFirstOrThrow({
      where: { userId: ctx.actor.id, signedInWith: "passkey" },
    });
    expect(session.confirmedAt).not.toBeNull();
    expect(session.secondFactorAt).not.toBeNull();
    const used = await database().passkey.findUniqueOrThrow({ where: { id: passkeyId } });
    expect(used).toMatchObject({ counter: 2n, lastUsedAt: expect.any(Date) as Date });
  });

  it.each([
    ["that did not make sure who holds it", { userVerified: false }],
    ["for another origin", { origin: "https://evil.example" }],
    ["for another name", { rpId: "evil.example" }],
    ["whose counter did not grow", { counter: 1 }],
  ])("refuses an answer %s, and records it", async (_what, wrong) => {
    const { key } = await enrolled("Fay");
    await expect(enter(key, wrong)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await lastEntry()).toMatchObject({ action: "sign-in-with-passkey", result: "denied" });
  });

  it("takes an answer once, also for two at the same moment", async () => {
    const { key } = await enrolled("Gus");
    const from = visitor();
    const { options } = await beginPasskeySignIn(from);
    const input = answerOf(key, options.challenge);
    const tries = await Promise.allSettled([
      signInWithPasskey(from, input, null),
      signInWithPasskey(visitor(), input, null),
    ]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(signInWithPasskey(from, input, null)).rejects.toMatchObject({ code: "invalid" });
  });

  it("does not take the challenge of somebody else, of another kind, or one that is too old", async () => {
    const { ctx, key } = await enrolled("Hal");
    const strong = await inNewSession(ctx, { secondFactor: true });
    const { options: confirmation } = await beginPasskeyConfirmation(strong);
    const other = signInWithPasskey(visitor(), answerOf(key, confirmation.challenge), null);
    await expect(other).rejects.toMatchObject({ code: "invalid" });
    const { options } = await beginPasskeySignIn(visitor());
    await database().$executeRaw`UPDATE auth_challenge SET expires_at = now() - interval '1 second'`;
    const late = signInWithPasskey(visitor(), answerOf(key, options.challenge), null);
    await expect(late).rejects.toMatchObject({ code: "invalid" });
  });

  it("lets in nobody unknown or deactivated, and delays the sixth wrong answer", async () => {
    await expect(enter(softAuthenticator())).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await lastEntry()).toMatchObject({ subjectName: "unknown account", result: "denied" });
    const { ctx, key } = await enrolled("Ida");
    for (let index = 0; index < 5; index += 1)
      await expect(enter(key, { userVerified: false })).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(enter(key)).rejects.toMatchObject({ message: expect.stringContaining("Wait") as string });
    await database().$executeRaw`DELETE FROM sign_in_throttle`;
    await database().person.update({ where: { id: ctx.actor.id }, data: { deactivatedAt: new Date() } });
    await expect(enter(key, { counter: 50 })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is no way around the provider for people who have to come through it", async () => {
    const { ctx, key } = await enrolled("Ola");
    const issuer = "https://login.example.com";
    await database().account.create({
      data: { providerId: "oidc", accountId: `${issuer} ola`, userId: ctx.actor.id },
    });
    const rest = {
      clientId: "x",
      scopes: "openid",
      createPeople: false,
      trustsSecondFactor: false,
      rules: [],
    };
    await database().oidcSettings.create({
      data: { id: "console", enabled: true, buttonLabel: "Go", issuer, passwordAllowed: false, ...rest },
    });
    await expect(enter(key)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "sign-in-with-passkey", result: "denied" });
    await database().oidcSettings.update({ where: { id: "console" }, data: { passwordAllowed: true } });
    await expect(enter(key)).resolves.toBeDefined();
    await database().oidcSettings.deleteMany();
  });

  it("lets one address begin sixty at a time", async () => {
    const from = visitor();
    for (let index = 0; index < 60; index += 1) await beginPasskeySignIn(from);
    await expect(beginPasskeySignIn(from)).rejects.toMatchObject({ code: "forbidden" });
    await expect(beginPasskeySignIn(visitor())).resolves.toBeDefined();
  });
});

describe("a passkey as second factor", () => {
  const begin = async (ctx: { actor: { email: string } }) => {
    const first = await signIn(visitor(), { email: ctx.actor.email, password: PASSWORD }, null);
    const token = first.cookies[0]?.value ?? "";
    const { options } = await beginPasskeyCompletion(visitor(), token);
    return { first, token, options };
  };

  it("finishes a sign-in; presence is enough after the password", async () => {
    const { ctx, key } = await enrolled("Jan");
    const { first, token, options } = await begin(ctx);
    expect(first.secondFactor).toEqual({ totp: false, passkey: true, recoveryCode: true });
    expect(options.allowCredentials?.map(({ id }) => id)).toEqual([key.id]);
    const input = answerOf(key, options.challenge, { userVerified: false });
    const cookies = await completeSignInWithPasskey(visitor(), token, input, null);
    expect(cookies[0]?.name).toBe("lockstep.session_token");
    expect(await lastEntry()).toMatchObject({
      action: "complete-sign-in-with-passkey",
      outcome: { with: "password", secondFactor: "passkey" },
    });
    const again = completeSignInWithPasskey(visitor(), token, input, null);
    await expect(again).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("has to be the person's own", async () => {
    const [one, two] = [await enrolled("Kim"), await enrolled("Liv")];
    const { token, options } = await begin(one.ctx);
    const input = answerOf(two.key, options.challenge);
    const wrong = completeSignInWithPasskey(visitor(), token, input, null);
    await expect(wrong).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await lastEntry()).toMatchObject({ result: "denied", subjectName: "Kim" });
    const { options: alone } = await beginPasskeySignIn(visitor());
    const stray = completeSignInWithPasskey(visitor(), token, answerOf(one.key, alone.challenge), null);
    await expect(stray).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("a fresh sign-in with a passkey", () => {
  it("proves both parts at once, in its own session, with a person verified", async () => {
    const { ctx, key } = await enrolled("Max");
    await ageProofs(ctx.sessionId, "1 hour");
    const { options } = await beginPasskeyConfirmation(ctx);
    expect(options.userVerification).toBe("required");
    const absent = answerOf(key, options.challenge, { userVerified: false });
    await expect(confirmIdentityWithPasskey(ctx, absent)).rejects.toMatchObject({ code: "unauthenticated" });
    const elsewhere = await inNewSession(ctx);
    const input = answerOf(key, options.challenge);
    await expect(confirmIdentityWithPasskey(elsewhere, input)).rejects.toMatchObject({ code: "invalid" });
    expect(await confirmIdentityWithPasskey(ctx, input)).toEqual({ identity: true, secondFactor: true });
    expect(await lastEntry()).toMatchObject({
      action: "confirm-identity-with-passkey",
      outcome: { passkey: "Laptop", fresh: { identity: true, secondFactor: true } },
    });
    await expect(confirmIdentityWithPasskey(ctx, input)).rejects.toMatchObject({ code: "invalid" });
    await expect(beginPasskeyConfirmation(await person("None"))).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("one's own passkeys", () => {
  it("can be renamed and removed by their owner, the last one with the recovery codes", async () => {
    const { ctx, key, passkeyId } = await enrolled("Ned");
    const other = await person("Other");
    await expect(renamePasskey(other, { passkeyId, name: "Mine" })).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(removePasskey(other, { passkeyId })).rejects.toMatchObject({ code: "not-found" });
    await renamePasskey(ctx, { passkeyId, name: "Desk" });
    expect(await lastEntry()).toMatchObject({ action: "rename-passkey", input: { name: "Desk" } });
    await ageProofs(ctx.sessionId, "6 minutes");
    await expect(removePasskey(ctx, { passkeyId })).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    await ageProofs(ctx.sessionId, "0 minutes");
    await removePasskey(ctx, { passkeyId });
    expect(await lastEntry()).toMatchObject({ action: "remove-passkey", outcome: { name: "Desk" } });
    expect(await database().recoveryCode.count({ where: { personId: ctx.actor.id } })).toBe(0);
    await expect(enter(key)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
