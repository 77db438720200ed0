import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { beginOidcSignIn } from "#lib/people/begin-oidc.ts";
import { listPeople } from "#lib/people/list-people.ts";
import { redeemPasswordLink } from "#lib/people/redeem-password-link.ts";
import { createRecoveryLink } from "#lib/people/create-recovery-link.ts";
import { revokeRole } from "#lib/people/revoke-role.ts";
import type { OidcRule, UpdateOidcSettingsInput } from "#lib/people/schema.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { signInWithOidc } from "#lib/people/sign-in-with-oidc.ts";
import { testOidcProvider } from "#lib/people/test-oidc-provider.ts";
import { oidcInput, startProvider, visitProvider } from "#lib/people/testing-oidc.ts";
import {
  givePassword,
  inNewSession,
  lastEntry,
  makePerson,
  systemContext,
  useTestDatabase,
} from "#lib/people/testing.ts";
import { updateOidcSettings } from "#lib/people/update-oidc-settings.ts";

const PASSWORD = "correct horse battery";
let close: () => Promise<void>;
let provider: Awaited<ReturnType<typeof startProvider>>;
let root: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  provider = await startProvider();
  root = await administrator();
}, 60_000);
afterAll(async () => {
  await provider.stop();
  await close();
});

async function administrator() {
  const made = await makePerson("Root", [{ role: "administrator" }]);
  await givePassword(made, PASSWORD);
  return inNewSession(made);
}

const visitor = (): Context => ({ actor: VISITOR, sourceAddress: null, requestId: randomUUID() });
const rule = (value: string, role: OidcRule["role"], environmentId: string | null = null): OidcRule => ({
  claim: "groups",
  value,
  role,
  environmentId,
});

async function settings(change: Partial<UpdateOidcSettingsInput> = {}) {
  const row = await database().oidcSettings.findUnique({ where: { id: "console" } });
  return updateOidcSettings(await inNewSession(root), {
    ...oidcInput(provider.issuer),
    seenVersion: row?.version ?? 0,
    ...change,
  });
}

/** Somebody at the provider, with a fresh name. */
async function somebody(claims: Readonly<Record<string, unknown>> = {}) {
  const sub = randomUUID().slice(0, 8);
  const email = typeof claims["email"] === "string" ? claims["email"] : `${sub}@example.com`;
  const said = { name: `P ${sub}`, email, email_verified: true, ...claims };
  await provider.be({ who: sub, amr: ["pwd"], people: { [sub]: said } });
  return { sub, email };
}

async function travel(change: (url: URL) => void = () => {}) {
  const { url, cookies } = await beginOidcSignIn(visitor(), "/audit");
  const target = new URL(url);
  change(target);
  return { token: cookies[0]?.value ?? "", query: await visitProvider(target.href) };
}

async function enter(change?: (url: URL) => void) {
  const { token, query } = await travel(change);
  return signInWithOidc(visitor(), token, query, "Mozilla/5.0 Firefox/140.0");
}

const personOf = async (email: string) =>
  database().person.findUniqueOrThrow({ where: { email }, include: { grants: true, accounts: true } });
const grantsOf = async (email: string) =>
  (await personOf(email)).grants.map(({ role, source }) => `${role} ${source}`).toSorted();

beforeEach(async () => {
  await settings();
});

describe("signing in with the provider", () => {
  it("makes a person with the roles of the rules, opens a session, and keeps no token", async () => {
    await settings({ rules: [rule("ops", "operator"), rule("*", "viewer"), rule("dba", "administrator")] });
    const { sub, email } = await somebody({ groups: ["ops", "people"] });
    const done = await enter();
    expect(done).toMatchObject({ next: "/audit", secondFactor: null });
    expect(done.cookies[0]?.name).toBe("lockstep.session_token");
    expect(await lastEntry()).toMatchObject({
      action: "sign-in-with-oidc",
      actorName: `P ${sub}`,
      outcome: { account: "created", complete: true, granted: expect.any(Array) as string[] },
    });
    expect(await grantsOf(email)).toEqual(["operator oidc", "viewer oidc"]);
    const person = await personOf(email);
    expect(person.accounts).toMatchObject([
      { providerId: "oidc", accountId: `${provider.issuer} ${sub}`, accessToken: null, idToken: null },
    ]);
    const session = await database().session.findFirstOrThrow({ where: { userId: person.id } });
    expect(session).toMatchObject({ signedInWith: "oidc", confirmedAt: null, secondFactorAt: null });
    expect(await database().authChallenge.count({ where: { kind: "oidc-sign-in" } })).toBe(0);
    const listed = (await listPeople(root)).find((one) => one.email === email);
    expect(listed).toMatchObject({
      hasPassword: false,
      hasProvider: true,
      grants: [{ fromProvider: true }, {}],
    });
  });

  it("knows people by their account there, not by what else is said of them", async () => {
    const { sub, email } = await somebody();
    await enter();
    await provider.be({ people: { [sub]: { name: "Renamed", email: "other@example.com" } } });
    await enter();
    expect(await lastEntry()).toMatchObject({ outcome: { account: "known" } });
    expect((await personOf(email)).name).toBe(`P ${sub}`);
  });

  it("links somebody who was added by hand, by their verified address", async () => {
    await settings({ createPeople: false });
    const person = await makePerson("Linda", [{ role: "approver" }]);
    await somebody({ email: person.actor.email.toUpperCase() });
    await enter();
    expect(await lastEntry()).toMatchObject({ actorId: person.actor.id, outcome: { account: "linked" } });
    expect(await grantsOf(person.actor.email)).toEqual(["approver manual"]);
  });

  it.each([
    ["an address that is not verified", { email_verified: false }, "has not verified"],
    ["an address that nobody calls verified", { email_verified: undefined }, "has not verified"],
    ["a text in place of the verification", { email_verified: "true" }, "has not verified"],
    ["no address", { email: undefined }, "told no e-mail address"],
  ])("lets nobody in with %s", async (_what, claims, words) => {
    const { sub } = await somebody(claims);
    await expect(enter()).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(words) as string,
    });
    expect(await lastEntry()).toMatchObject({ action: "sign-in-with-oidc", result: "denied" });
    expect(await database().account.count({ where: { accountId: { endsWith: sub } } })).toBe(0);
  });

  it("lets in no strangers, deactivated people, people of the sandbox or second owners of an address", async () => {
    await settings({ createPeople: false });
    await somebody();
    await expect(enter()).rejects.toMatchObject({
      message: expect.stringContaining("Nobody here") as string,
    });
    const gone = await makePerson("Gone");
    await database().person.update({ where: { id: gone.actor.id }, data: { deactivatedAt: new Date() } });
    await somebody({ email: gone.actor.email });
    await expect(enter()).rejects.toMatchObject({ code: "forbidden" });
    await database().person.update({
      where: { id: gone.actor.id },
      data: { deactivatedAt: null, sandbox: true },
    });
    await expect(enter()).rejects.toMatchObject({ code: "forbidden" });
    const owner = await makePerson("Owner");
    await somebody({ email: owner.actor.email });
    await enter();
    await somebody({ email: owner.actor.email });
    await expect(enter()).rejects.toMatchObject({
      message: expect.stringContaining("another account") as string,
    });
  });
});

describe("an answer that does not agree", () => {
  it.each([
    ["another nonce", (url: URL) => url.searchParams.set("nonce", "x".repeat(43))],
    ["another PKCE challenge", (url: URL) => url.searchParams.set("code_challenge", "x".repeat(43))],
    ["another state", (url: URL) => url.searchParams.set("state", "x".repeat(43))],
  ])("with %s is refused and recorded", async (_what, change) => {
    const { email } = await somebody();
    await expect(enter(change)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "sign-in-with-oidc", result: "denied" });
    expect(await database().person.count({ where: { email } })).toBe(0);
  });

  it.each([
    ["code", "made-up"],
    ["iss", "http://127.0.0.1:1"],
    ["state", ""],
  ])("with %s = %j is refused", async (name, value) => {
    await somebody();
    const { token, query } = await travel();
    query.set(name, value);
    await expect(signInWithOidc(visitor(), token, query, null)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("works once, in the browser that began it, within ten minutes", async () => {
    await somebody();
    const [mine, other] = [await travel(), await travel()];
    const stolen = signInWithOidc(visitor(), other.token, mine.query, null);
    await expect(stolen).rejects.toMatchObject({ code: "forbidden" });
    const strange = signInWithOidc(visitor(), "x".repeat(43), mine.query, null);
    await expect(strange).rejects.toMatchObject({ code: "invalid" });
    const tries = await Promise.allSettled([
      signInWithOidc(visitor(), mine.token, mine.query, null),
      signInWithOidc(visitor(), mine.token, mine.query, null),
    ]);
    expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const late = await travel();
    await database().$executeRaw`UPDATE auth_challenge SET expires_at = now() - interval '1 second'`;
    await expect(signInWithOidc(visitor(), late.token, late.query, null)).rejects.toMatchObject({
      code: "invalid",
    });
  });

  it("of a provider that refused tells so without more", async () => {
    await provider.be({ who: "nobody" });
    await expect(enter()).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("access_denied") as string,
    });
  });

  it("to settings that were changed meanwhile counts for nothing", async () => {
    await somebody();
    const { token, query } = await travel();
    await settings({ buttonLabel: "Changed" });
    await expect(signInWithOidc(visitor(), token, query, null)).rejects.toMatchObject({ code: "invalid" });
    await settings({ clientSecret: "wrong" });
    await expect(enter()).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a provider that is not there", () => {
  it("is said to be, before and after the way there, and lets nobody in", async () => {
    const short = await startProvider();
    await settings({ issuer: short.issuer });
    await short.be({ who: "ada", people: { ada: { email: "ada@example.com", email_verified: true } } });
    const { token, query } = await travel();
    await short.stop();
    const rows = await database().auditEntry.count();
    const broken = signInWithOidc(visitor(), token, query, null);
    await expect(broken).rejects.toMatchObject({ code: "unavailable" });
    await expect(beginOidcSignIn(visitor(), "/")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("People with a password") as string,
    });
    expect(await database().auditEntry.count()).toBe(rows);
    await expect(
      signIn(visitor(), { email: root.actor.email, password: PASSWORD }, null),
    ).resolves.toBeDefined();
  });

  it("is not asked at all on an address that the network rules deny", async () => {
    for (const issuer of ["https://169.254.169.254", "https://[fe80::1]/realm"]) {
      await expect(testOidcProvider(root, { issuer })).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("link-local") as string,
      });
    }
  });

  it("is not taken for another issuer", async () => {
    const issuer = provider.issuer.replace("127.0.0.1", "localhost");
    await expect(testOidcProvider(root, { issuer })).rejects.toMatchObject({ code: "unavailable" });
    await expect(testOidcProvider(root, { issuer: `${provider.issuer}/elsewhere` })).rejects.toMatchObject({
      code: "unavailable",
    });
    const facts = await testOidcProvider(root, { issuer: provider.issuer });
    expect(facts).toMatchObject({ issuer: provider.issuer, pkce: true });
    expect(await lastEntry()).toMatchObject({ action: "test-oidc-provider", result: "done" });
  });
});

describe("roles from claims", () => {
  const here = randomUUID();
  beforeAll(async () => {
    await database().environment.create({
      data: {
        id: here,
        name: "Here",
        tier: "development",
        colour: "blue",
        contact: "",
        quietWindowSeconds: 120,
      },
    });
  });

  it("follow the claims at each sign-in, and leave those given by hand alone", async () => {
    await settings({ rules: [rule("ops", "operator", here), rule("dba", "approver")] });
    const { sub, email } = await somebody({ groups: ["ops"] });
    await enter();
    const { id } = await personOf(email);
    await database().roleGrant.create({ data: { personId: id, role: "operator", environmentId: here } });
    expect(await grantsOf(email)).toEqual(["operator manual", "operator oidc"]);
    const people = { [sub]: { email, email_verified: true, groups: ["dba"] } };
    await provider.be({ people });
    await enter();
    expect(await lastEntry()).toMatchObject({
      outcome: { granted: ["approver on all environments"], revoked: [`operator on ${here}`] },
    });
    expect(await grantsOf(email)).toEqual(["approver oidc", "operator manual"]);
  });

  it("end at once when no rule gives them any more, and all of them when the provider is turned off", async () => {
    await settings({ rules: [rule("ops", "operator"), rule("ops", "viewer")] });
    const { email } = await somebody({ groups: ["ops"] });
    await enter();
    await settings({ rules: [rule("other", "viewer")] });
    expect(await grantsOf(email)).toEqual(["viewer oidc"]);
    expect(await lastEntry()).toMatchObject({ action: "update-oidc-settings", outcome: { grantsEnded: 1 } });
    await settings({ enabled: false });
    expect(await grantsOf(email)).toEqual([]);
    await expect(beginOidcSignIn(visitor(), "/")).rejects.toMatchObject({ code: "conflict" });
  });

  it("cannot be revoked by hand: they would be back", async () => {
    await settings({ rules: [rule("ops", "operator")] });
    const { email } = await somebody({ groups: ["ops"] });
    await enter();
    const grantId = (await personOf(email)).grants[0]?.id ?? "";
    await expect(revokeRole(root, { grantId })).rejects.toMatchObject({ code: "conflict" });
  });

  it("never take the last administrator away", async () => {
    await settings({ rules: [rule("admins", "administrator")] });
    const { sub, email } = await somebody({ groups: ["admins"] });
    await enter();
    await database().roleGrant.deleteMany({ where: { personId: root.actor.id } });
    try {
      await provider.be({ people: { [sub]: { email, email_verified: true, groups: [] } } });
      await enter();
      expect(await lastEntry()).toMatchObject({ outcome: { revoked: [], keptLastAdministrator: true } });
      expect(await grantsOf(email)).toEqual(["administrator oidc"]);
      const last = await inNewSession({ ...root, actor: { ...root.actor, id: (await personOf(email)).id } });
      const row = await database().oidcSettings.findUniqueOrThrow({ where: { id: "console" } });
      const rules = [rule("admins", "administrator")];
      const off = { ...oidcInput(provider.issuer), rules, enabled: false, seenVersion: row.version };
      await expect(updateOidcSettings(last, off)).rejects.toMatchObject({ code: "conflict" });
      const other = { ...off, enabled: true, issuer: "https://other.example.com" };
      await expect(updateOidcSettings(last, other)).rejects.toMatchObject({ code: "conflict" });
    } finally {
      await database().roleGrant.create({ data: { personId: root.actor.id, role: "administrator" } });
    }
  });
});

describe("people of the provider", () => {
  it("use no password where the settings say so, until a recovery link parts them from it", async () => {
    const person = await makePerson("Pia", [{ role: "viewer" }]);
    await givePassword(person, PASSWORD);
    const { email } = person.actor;
    await somebody({ email });
    await enter();
    await expect(signIn(visitor(), { email, password: PASSWORD }, null)).resolves.toBeDefined();
    await settings({ passwordAllowed: false });
    await expect(signIn(visitor(), { email, password: PASSWORD }, null)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("Continue with Example") as string,
    });
    expect(await lastEntry()).toMatchObject({ action: "sign-in", result: "denied" });
    await expect(signIn(visitor(), { email, password: "wrong wrong wrong" }, null)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const link = await createRecoveryLink(systemContext, { email, resetSecondFactor: false });
    const token = link.url.split("/").at(-1) ?? "";
    await redeemPasswordLink(visitor(), { token, password: "another long password" });
    await expect(
      signIn(visitor(), { email, password: "another long password" }, null),
    ).resolves.toBeDefined();
  });
});
