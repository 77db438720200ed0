import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { beginOidcConfirmation, beginOidcSignIn } from "#lib/people/begin-oidc.ts";
import { confirmIdentityWithOidc } from "#lib/people/confirm-identity-with-oidc.ts";
import { isConfirmation } from "#lib/people/oidc-answer.ts";
import { signInWithOidc } from "#lib/people/sign-in-with-oidc.ts";
import { startProvider, visitProvider } from "#lib/people/testing-oidc.ts";
import { ageProofs, inNewSession, lastEntry, makePerson, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  provider = await startProvider();
}, 60_000);
afterAll(async () => {
  await provider.stop();
  await close();
});

const visitor = (): Context => ({ actor: VISITOR, sourceAddress: null, requestId: randomUUID() });

async function settings(trustsSecondFactor = false) {
  const data = {
    enabled: true,
    buttonLabel: "Continue with Example",
    issuer: provider.issuer,
    clientId: "lockstep",
    scopes: "openid profile email",
    createPeople: false,
    passwordAllowed: false,
    trustsSecondFactor,
    rules: [],
  };
  const { sealField } = await import("#lib/secrets/sealed-field.ts");
  const { CLIENT_SECRET_PLACE } = await import("#lib/people/oidc-settings.ts");
  const sealedClientSecret = sealField(CLIENT_SECRET_PLACE, "a secret of the client");
  await database().oidcSettings.upsert({
    where: { id: "console" },
    create: { id: "console", ...data, sealedClientSecret },
    update: data,
  });
}

/** A person of the provider in a session of their own, whose proofs are an hour old. */
async function member(name: string) {
  const person = await inNewSession(await makePerson(name, [{ role: "operator" }]));
  const sub = randomUUID().slice(0, 8);
  await database().account.create({
    data: { providerId: "oidc", accountId: `${provider.issuer} ${sub}`, userId: person.actor.id },
  });
  await provider.be({ who: sub, amr: ["pwd"], people: { [sub]: {} } });
  await ageProofs(person.sessionId, "1 hour");
  return { person, sub };
}

async function enrol(person: Context) {
  await database().totpFactor.create({
    data: { personId: person.actor.id, sealedSecret: "x", confirmedAt: new Date() },
  });
}

async function travel(ctx: Context, change: (url: URL) => void = () => {}) {
  const { url, cookies } = await beginOidcConfirmation(ctx);
  const target = new URL(url);
  change(target);
  return { url, token: cookies[0]?.value ?? "", query: await visitProvider(target.href) };
}

describe("a fresh sign-in at the provider", () => {
  it("has the person asked anew, and counts in the session that began it, once", async () => {
    await settings();
    const { person } = await member("Ada");
    const { url, token, query } = await travel(person);
    expect(new URL(url).searchParams.get("prompt")).toBe("login");
    expect(await isConfirmation(token)).toBe(true);
    expect(await confirmIdentityWithOidc(person, token, query)).toEqual({
      identity: true,
      secondFactor: true,
    });
    expect(await lastEntry()).toMatchObject({ action: "confirm-identity-with-oidc", result: "done" });
    expect(await isConfirmation(token)).toBe(false);
    await expect(confirmIdentityWithOidc(person, token, query)).rejects.toMatchObject({ code: "invalid" });
    const other = await inNewSession(person);
    const mine = await travel(person);
    await expect(confirmIdentityWithOidc(other, mine.token, mine.query)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("is no proof by somebody else, nor when the provider does not say that it asked", async () => {
    await settings();
    const { person } = await member("Bea");
    const begun = await beginOidcConfirmation(person);
    await provider.be({ who: "somebody-else", people: { "somebody-else": {} } });
    const query = await visitProvider(begun.url);
    const wrong = confirmIdentityWithOidc(person, begun.cookies[0]?.value ?? "", query);
    await expect(wrong).rejects.toMatchObject({
      message: expect.stringContaining("Somebody else") as string,
    });
    expect(await lastEntry()).toMatchObject({ action: "confirm-identity-with-oidc", result: "denied" });

    const { person: cat } = await member("Cat");
    const silent = await travel(cat, (url) => {
      url.searchParams.delete("prompt");
      url.searchParams.delete("max_age");
    });
    await expect(confirmIdentityWithOidc(cat, silent.token, silent.query)).rejects.toMatchObject({
      message: expect.stringContaining("does not say that it asked") as string,
    });
  });

  it("and a sign-in are two things: neither passes for the other", async () => {
    await settings();
    const { person } = await member("Dan");
    const confirmation = await travel(person);
    const asSignIn = signInWithOidc(visitor(), confirmation.token, confirmation.query, null);
    await expect(asSignIn).rejects.toMatchObject({ code: "invalid" });
    const { url, cookies } = await beginOidcSignIn(visitor(), "/");
    const asProof = confirmIdentityWithOidc(person, cookies[0]?.value ?? "", await visitProvider(url));
    await expect(asProof).rejects.toMatchObject({ code: "invalid" });
  });

  it("is for people of the provider", async () => {
    await settings();
    const stranger = await inNewSession(await makePerson("Eve"));
    await expect(beginOidcConfirmation(stranger)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("the second factor of people of the provider", () => {
  const enter = async () => {
    const { url, cookies } = await beginOidcSignIn(visitor(), "/");
    return signInWithOidc(visitor(), cookies[0]?.value ?? "", await visitProvider(url), null);
  };

  it("is the one that they have here, at sign-in and for a fresh one", async () => {
    await settings();
    const { person } = await member("Fay");
    await enrol(person);
    await provider.be({ amr: ["mfa"] });
    const answer = await enter();
    expect(answer.secondFactor).toMatchObject({ totp: true });
    expect(answer.cookies).toMatchObject([{ name: "lockstep.sign_in" }]);
    const { token, query } = await travel(person);
    expect(await confirmIdentityWithOidc(person, token, query)).toEqual({
      identity: true,
      secondFactor: false,
    });
  });

  it("may be the provider's where the settings trust what it says", async () => {
    await settings(true);
    const { person } = await member("Gus");
    await enrol(person);
    expect((await enter()).secondFactor).not.toBeNull();
    await provider.be({ amr: ["pwd", "mfa"] });
    expect((await enter()).secondFactor).toBeNull();
    const session = await database().session.findFirstOrThrow({
      where: { userId: person.actor.id, signedInWith: "oidc" },
    });
    expect(session.secondFactorAt).not.toBeNull();
    const { token, query } = await travel(person);
    expect(await confirmIdentityWithOidc(person, token, query)).toEqual({
      identity: true,
      secondFactor: true,
    });
  });
});
