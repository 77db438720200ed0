import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { confirmIdentity } from "#lib/people/confirm-identity.ts";
import {
  type FreshSignIn,
  hasSecondFactor,
  requireFreshSignIn,
  wasSecondFactorUsed,
} from "#lib/people/fresh-sign-in.ts";
import {
  ageProofs,
  givePassword,
  inNewSession,
  lastEntry,
  makePerson,
  systemContext,
  useTestDatabase,
} from "#lib/people/testing.ts";

const PASSWORD = "correct horse battery";
let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const act = async (ctx: Context, secondFactor: "required" | "when-enrolled" = "when-enrolled") =>
  transact(
    ctx,
    {
      action: "sign-out",
      subject: { kind: "test", id: null, name: "test" },
      allow: async (tx) => requireFreshSignIn(tx, ctx, { secondFactor }),
    },
    async (_tx, fresh: FreshSignIn) => fresh,
  );

async function enrol(person: Context) {
  await database().passkey.create({
    data: {
      personId: person.actor.id,
      name: "Key",
      credentialId: randomUUID(),
      publicKey: Buffer.from("x"),
      counter: 0n,
      transports: [],
      synced: false,
    },
  });
}

async function person(name: string) {
  const made = await makePerson(name, [{ role: "operator" }]);
  await givePassword(made, PASSWORD);
  return made;
}

describe("a fresh sign-in", () => {
  it("lasts five minutes by the database's clock, to the second", async () => {
    const ada = await inNewSession(await person("Ada"));
    await expect(act(ada)).resolves.toEqual({ secondFactorUsed: false });
    await ageProofs(ada.sessionId, "299 seconds");
    await expect(act(ada)).resolves.toBeDefined();
    await ageProofs(ada.sessionId, "300 seconds");
    await expect(act(ada)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    expect(await lastEntry()).toMatchObject({ action: "sign-out", result: "denied", actorName: "Ada" });
  });

  it("is none when its time lies ahead, as after the clock was set back", async () => {
    const ada = await inNewSession(await person("Ahead"));
    await ageProofs(ada.sessionId, "-2 seconds");
    await expect(act(ada)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
  });

  it("counts in its own session, for its own living person alone", async () => {
    const [bea, cat] = [await inNewSession(await person("Bea")), await inNewSession(await person("Cat"))];
    const required = { code: "fresh-sign-in-required" };
    await expect(act({ ...bea, sessionId: cat.sessionId })).rejects.toMatchObject(required);
    await expect(act({ ...bea, sessionId: randomUUID() })).rejects.toMatchObject(required);
    const { sessionId: _gone, ...withoutSession } = bea;
    await expect(act(withoutSession)).rejects.toMatchObject(required);
    await database()
      .$executeRaw`UPDATE session SET expires_at = now() - interval '1 second' WHERE id = ${cat.sessionId}::uuid`;
    await expect(act(cat)).rejects.toMatchObject(required);
    await database().person.update({ where: { id: bea.actor.id }, data: { deactivatedAt: new Date() } });
    await expect(act(bea)).rejects.toMatchObject(required);
  });

  it("asks for the second factor of people who have one, and of all where a policy does", async () => {
    const dan = await inNewSession(await person("Dan"));
    await expect(act(dan, "required")).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("you have none") as string,
    });
    await enrol(dan);
    expect(await hasSecondFactor(database(), dan.actor.id)).toBe(true);
    expect(await wasSecondFactorUsed(database(), dan.sessionId)).toBe(false);
    for (const demand of ["required", "when-enrolled"] as const)
      await expect(act(dan, demand)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    const strong = await inNewSession(dan, { secondFactor: true });
    expect(await wasSecondFactorUsed(database(), strong.sessionId)).toBe(true);
    await expect(act(strong, "required")).resolves.toEqual({ secondFactorUsed: true });
    await ageProofs(strong.sessionId, "6 minutes");
    await expect(act(strong, "required")).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    expect(await wasSecondFactorUsed(database(), strong.sessionId)).toBe(true);
  });

  it("is no machine's", async () => {
    for (const secondFactor of ["required", "when-enrolled"] as const)
      await expect(act(systemContext, secondFactor)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("confirming who one is", () => {
  const confirm = async (ctx: Context, password: string) =>
    confirmIdentity({ ...ctx, sourceAddress: null }, { password, code: "" });

  it("makes an old session fresh again, and is recorded without the password", async () => {
    const eli = await inNewSession(await person("Eli"));
    await ageProofs(eli.sessionId, "1 hour");
    expect(await confirm(eli, PASSWORD)).toEqual({ identity: true, secondFactor: true });
    await expect(act(eli)).resolves.toBeDefined();
    await confirm(eli, PASSWORD);
    expect(await lastEntry()).toMatchObject({
      action: "confirm-identity",
      result: "done",
      input: { password: "[hidden]", code: "[hidden]" },
      outcome: { proved: { identity: true, secondFactor: false } },
    });
  });

  it("says what is still missing to somebody with a second factor", async () => {
    const fay = await inNewSession(await person("Fay"));
    await enrol(fay);
    expect(await confirm(fay, PASSWORD)).toEqual({ identity: true, secondFactor: false });
  });

  it("refuses a wrong password beside its field, records it, and delays the sixth try", async () => {
    const gus = await inNewSession(await person("Gus"));
    await ageProofs(gus.sessionId, "1 hour");
    for (let index = 0; index < 5; index += 1) {
      await expect(confirm(gus, "wrong wrong wrong")).rejects.toMatchObject({
        code: "forbidden",
        fields: { password: "This is not your password." },
      });
      expect(await lastEntry()).toMatchObject({ action: "confirm-identity", result: "denied" });
    }
    await expect(confirm(gus, PASSWORD)).rejects.toMatchObject({
      message: expect.stringContaining("Wait") as string,
    });
    await expect(act(gus)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
  });

  it("needs something to look at, an open session, and a living person", async () => {
    const hal = await inNewSession(await person("Hal"));
    await expect(confirm(hal, "")).rejects.toMatchObject({ code: "invalid" });
    await expect(confirm(systemContext, PASSWORD)).rejects.toMatchObject({ code: "invalid" });
    await expect(confirm({ ...hal, sessionId: randomUUID() }, PASSWORD)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await database().person.update({ where: { id: hal.actor.id }, data: { deactivatedAt: new Date() } });
    await expect(confirm(hal, PASSWORD)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
