import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { createInvitationLink } from "#lib/people/create-invitation-link.ts";
import { createPerson } from "#lib/people/create-person.ts";
import { createRecoveryLink } from "#lib/people/create-recovery-link.ts";
import { createSetupLink } from "#lib/people/create-setup-link.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { getOneTimeLink } from "#lib/people/get-one-time-link.ts";
import { redeemPasswordLink } from "#lib/people/redeem-password-link.ts";
import { redeemSetupLink } from "#lib/people/redeem-setup-link.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

const password = "correct horse battery";
let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const visitor = (): Context => ({ actor: VISITOR, sourceAddress: null, requestId: randomUUID() });
const tokenOf = (link: { url: string } | null) => link?.url.split("/").at(-1) ?? "";
const outcomes = async (tries: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(tries)).map((one) => one.status).toSorted();

describe("the first administrator's link", () => {
  it("is made anew at each start until it is used once, by one of two", async () => {
    const first = await createSetupLink(systemContext);
    const second = await createSetupLink(systemContext);
    expect(second?.url).toMatch(/^http:\/\/localhost:\d+\/setup\/[A-Za-z0-9_-]{43}$/);
    expect(await getOneTimeLink(tokenOf(first))).toBeNull();
    expect(await getOneTimeLink(tokenOf(second))).toEqual({ purpose: "set-up", person: null });
    const stored = await database().oneTimeLink.findMany();
    expect(JSON.stringify(stored)).not.toContain(tokenOf(second));

    const claim = { token: tokenOf(second), name: "Ada", email: "ada@example.com", password };
    await expect(redeemSetupLink(visitor(), { ...claim, token: tokenOf(first) })).rejects.toMatchObject({
      code: "forbidden",
    });
    const race = [
      redeemSetupLink(visitor(), claim),
      redeemSetupLink(visitor(), { ...claim, email: "eve@example.com" }),
    ];
    expect(await outcomes(race)).toEqual(["fulfilled", "rejected"]);
    const people = await database().person.findMany({ include: { grants: true } });
    expect(people).toHaveLength(1);
    expect(people[0]?.grants.map(({ role, environmentId }) => ({ role, environmentId }))).toEqual([
      { role: "administrator", environmentId: null },
      { role: "operator", environmentId: null },
    ]);
    const email = people[0]?.email ?? "";
    const redeemed = await database().auditEntry.findFirstOrThrow({
      where: { action: "redeem-setup-link", result: "done" },
    });
    expect(redeemed).toMatchObject({ actorKind: "person", subjectName: "Ada" });
    expect(redeemed.canonicalText).not.toContain(tokenOf(second));
    await expect(signIn(visitor(), { email, password }, null)).resolves.toBeDefined();
    expect(await createSetupLink(systemContext)).toBeNull();
  });

  it("is made for nobody but the system", async () => {
    const rows = await database().auditEntry.count();
    await expect(
      redeemSetupLink(visitor(), { token: "x".repeat(43), name: "E", email: "e@e.example", password }),
    ).rejects.toMatchObject({ code: "forbidden" });
    expect(await database().auditEntry.count()).toBe(rows);
  });
});

describe("an invitation", () => {
  const invite = async (name: string) => {
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const email = `${name}@example.com`;
    const made = await createPerson(root, { name, email, role: "operator", environmentId: null });
    return { root, email, made };
  };

  it("lets the person set a password once", async () => {
    const { root, email, made } = await invite("bob");
    expect(await lastEntry()).toMatchObject({
      action: "create-person",
      actorId: root.actor.id,
      subjectName: "bob",
    });
    expect((await lastEntry()).canonicalText).not.toContain(tokenOf(made.link));
    expect(await getOneTimeLink(tokenOf(made.link))).toMatchObject({
      purpose: "invitation",
      person: { email },
    });
    await expect(signIn(visitor(), { email, password }, null)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const input = { token: tokenOf(made.link), password };
    expect(
      await outcomes([redeemPasswordLink(visitor(), input), redeemPasswordLink(visitor(), input)]),
    ).toEqual(["fulfilled", "rejected"]);
    await expect(signIn(visitor(), { email, password }, null)).resolves.toBeDefined();
    expect(await getOneTimeLink(tokenOf(made.link))).toBeNull();
  });

  it("expires after a day", async () => {
    const { made } = await invite("cat");
    const left = Date.parse(made.link.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(23.9 * 3_600_000);
    expect(left).toBeLessThan(24.1 * 3_600_000);
    await database()
      .$executeRaw`UPDATE one_time_link SET expires_at = now() - interval '1 second' WHERE person_id = ${made.personId}::uuid`;
    const redeemed = redeemPasswordLink(visitor(), { token: tokenOf(made.link), password });
    await expect(redeemed).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ends when a new one is made, and when the person is deactivated", async () => {
    const { root, made } = await invite("dan");
    const again = await createInvitationLink(root, { personId: made.personId });
    expect(await getOneTimeLink(tokenOf(made.link))).toBeNull();
    await deactivatePerson(root, { personId: made.personId });
    expect(await getOneTimeLink(tokenOf(again))).toBeNull();
    const late = createInvitationLink(root, { personId: made.personId });
    await expect(late).rejects.toMatchObject({ code: "conflict" });
  });

  it("is made by administrators of all environments only, for addresses that nobody has", async () => {
    const { root, email } = await invite("eli");
    const local = await makePerson("Local", [{ role: "administrator", environmentId: randomUUID() }]);
    const input = { name: "Fay", email: "fay@example.com", role: null, environmentId: null };
    await expect(createPerson(local, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({
      action: "create-person",
      result: "denied",
      subjectName: "Fay",
    });
    const taken = createPerson(root, { ...input, email });
    await expect(taken).rejects.toMatchObject({
      code: "invalid",
      fields: { email: expect.any(String) as string },
    });
  });
});

describe("a recovery link", () => {
  it("is made on the host, sets a new password, ends the sessions and lets a deactivated person in again", async () => {
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const person = await makePerson("Gus", [{ role: "administrator" }]);
    await expect(
      createRecoveryLink(root, { email: person.actor.email, resetSecondFactor: false }),
    ).rejects.toMatchObject({
      code: "forbidden",
    });
    await deactivatePerson(systemContext, { personId: person.actor.id });
    const link = await createRecoveryLink(systemContext, {
      email: person.actor.email,
      resetSecondFactor: false,
    });
    await redeemPasswordLink(visitor(), { token: tokenOf(link), password });
    expect(await lastEntry()).toMatchObject({ action: "redeem-password-link", actorName: "Gus" });
    await expect(signIn(visitor(), { email: person.actor.email, password }, null)).resolves.toBeDefined();
    const unknown = createRecoveryLink(systemContext, {
      email: "nobody@example.com",
      resetSecondFactor: false,
    });
    await expect(unknown).rejects.toMatchObject({ code: "not-found" });
  });
});
