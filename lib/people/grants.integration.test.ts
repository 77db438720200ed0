import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { VISITOR, type Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole, readableEnvironments, requireRole } from "#lib/people/authorise.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { ensureSandboxPeople } from "#lib/people/ensure-sandbox-people.ts";
import { grantRole } from "#lib/people/grant-role.ts";
import { listPeople } from "#lib/people/list-people.ts";
import { reactivatePerson } from "#lib/people/reactivate-person.ts";
import { revokeRole } from "#lib/people/revoke-role.ts";
import { revokeSessions } from "#lib/people/revoke-sessions.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { givePassword, lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const here = randomUUID();
const elsewhere = randomUUID();
const grantOf = async (personId: string) =>
  (await database().roleGrant.findFirstOrThrow({ where: { personId } })).id;
const act = async (ctx: Context, roles: Parameters<typeof requireRole>[2], environmentId: string | null) =>
  transact(
    ctx,
    {
      action: "sign-out",
      subject: { kind: "test", id: null, name: "test" },
      allow: async (tx) => requireRole(tx, ctx, roles, environmentId),
    },
    async () => true,
  );

describe("roles", () => {
  it("hold on their environment, or on all", async () => {
    const local = await makePerson("Local", [{ role: "operator", environmentId: here }]);
    const global = await makePerson("Global", [{ role: "operator" }]);
    await expect(act(local, ["operator"], here)).resolves.toBe(true);
    await expect(act(local, ["operator"], elsewhere)).rejects.toMatchObject({ code: "forbidden" });
    await expect(act(local, ["operator"], null)).rejects.toMatchObject({ code: "forbidden" });
    await expect(act(local, ["administrator"], here)).rejects.toMatchObject({ code: "forbidden" });
    await expect(act(global, ["operator"], elsewhere)).resolves.toBe(true);
    await expect(act(global, ["operator"], null)).resolves.toBe(true);
    expect(await hasRole(local, ["operator"], here)).toBe(true);
    expect(await hasRole(local, ["operator"], elsewhere)).toBe(false);
  });

  it("all let read their environments", async () => {
    const approver = await makePerson("Approver", [{ role: "approver", environmentId: here }]);
    expect(await readableEnvironments(approver)).toEqual(new Set([here]));
    expect(await readableEnvironments(approver, ["auditor"])).toEqual(new Set());
    await expect(authoriseRead(approver, here)).resolves.toBeUndefined();
    await expect(authoriseRead(approver, elsewhere)).rejects.toMatchObject({ code: "forbidden" });
    await expect(authoriseRead(approver, null)).rejects.toMatchObject({ code: "forbidden" });
    expect(await readableEnvironments(await makePerson("None"))).toEqual(new Set());
  });

  it("end with deactivation", async () => {
    const person = await makePerson("Gone", [{ role: "operator" }]);
    const root = await makePerson("Keeper", [{ role: "administrator" }]);
    await givePassword(root, "correct horse battery");
    await deactivatePerson(systemContext, { personId: person.actor.id });
    await expect(act(person, ["operator"], null)).rejects.toMatchObject({ code: "forbidden" });
    expect(await readableEnvironments(person)).toEqual(new Set());
    await reactivatePerson(systemContext, { personId: person.actor.id });
    expect(await lastEntry()).toMatchObject({ action: "reactivate-person", subjectName: "Gone" });
    await expect(act(person, ["operator"], null)).resolves.toBe(true);
  });

  it("of machines are fixed: a worker operates, nobody approves, a visitor may do nothing", async () => {
    const worker: Context = { ...systemContext, actor: { kind: "worker", id: "w1" } };
    const visitor: Context = { ...systemContext, actor: VISITOR };
    await expect(act(worker, ["operator"], here)).resolves.toBe(true);
    await expect(act(worker, ["administrator"], null)).rejects.toMatchObject({ code: "forbidden" });
    await expect(act(systemContext, ["administrator"], null)).resolves.toBe(true);
    for (const machine of [worker, systemContext, visitor]) {
      await expect(act(machine, ["approver"], here)).rejects.toMatchObject({ code: "forbidden" });
    }
    await expect(act(visitor, ["viewer", "operator", "administrator"], here)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await readableEnvironments(visitor)).toEqual(new Set());
    expect(await readableEnvironments(worker)).toBe("all");
  });

  it("cannot be taken away under an action that rests on them", async () => {
    const person = await makePerson("Busy", [{ role: "operator" }]);
    const done: string[] = [];
    let started: () => void = () => {};
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const acting = transact(
      person,
      {
        action: "sign-out",
        subject: { kind: "test", id: null, name: "test" },
        allow: async (tx) => requireRole(tx, person, ["operator"], null),
      },
      async () => {
        started();
        await new Promise((resolve) => setTimeout(resolve, 300));
        done.push("acted");
      },
    );
    await isStarted;
    await revokeRole(systemContext, { grantId: await grantOf(person.actor.id) });
    done.push("revoked");
    await acting;
    expect(done).toEqual(["acted", "revoked"]);
  });
});

describe("granting and revoking", () => {
  it("is an administrator's, recorded, and the same twice", async () => {
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const person = await makePerson("Ann");
    const input = { personId: person.actor.id, role: "approver", environmentId: null } as const;
    await expect(grantRole(person, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "grant-role", result: "denied", actorName: "Ann" });
    await grantRole(root, input);
    await grantRole(root, input);
    expect(await database().roleGrant.count({ where: { personId: person.actor.id } })).toBe(1);
    expect(await lastEntry()).toMatchObject({
      action: "grant-role",
      subjectName: "Ann",
      input,
      outcome: { hadItAlready: true },
    });
    const grantId = await grantOf(person.actor.id);
    await expect(revokeRole(person, { grantId })).rejects.toMatchObject({ code: "forbidden" });
    await revokeRole(root, { grantId });
    expect(await lastEntry()).toMatchObject({ action: "revoke-role", outcome: { role: "approver" } });
    await expect(revokeRole(root, { grantId })).rejects.toMatchObject({ code: "not-found" });
    await expect(grantRole(root, { ...input, personId: randomUUID() })).rejects.toMatchObject({
      code: "not-found",
    });
  });

  it("lists people for administrators and auditors only", async () => {
    const root = await makePerson("Lister", [{ role: "administrator" }]);
    const people = await listPeople(root);
    expect(people.find((person) => person.id === root.actor.id)).toMatchObject({
      hasPassword: false,
      grants: [{ role: "administrator", environmentId: null }],
    });
    const viewer = await makePerson("Viewer", [{ role: "viewer" }]);
    await expect(listPeople(viewer)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ends all sessions of a person", async () => {
    const person = await makePerson("Sue", [{ role: "viewer" }]);
    await givePassword(person, "correct horse battery");
    const input = { email: person.actor.email, password: "correct horse battery" };
    await signIn({ ...systemContext, actor: VISITOR }, input, null);
    await expect(revokeSessions(person, { personId: person.actor.id })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await revokeSessions(systemContext, { personId: person.actor.id })).toBe(1);
    expect(await database().session.count({ where: { userId: person.actor.id } })).toBe(0);
  });
});

describe("the last administrator", () => {
  beforeEach(async () => {
    await database().roleGrant.deleteMany({ where: { role: "administrator" } });
  });
  const administrator = async (name: string) => {
    const person = await makePerson(name, [{ role: "administrator" }]);
    await givePassword(person, "correct horse battery");
    return person;
  };

  it("cannot be demoted or deactivated, by nobody", async () => {
    const only = await administrator("Only");
    await makePerson("Invited", [{ role: "administrator" }]);
    const grantId = await grantOf(only.actor.id);
    for (const ctx of [only, systemContext]) {
      await expect(revokeRole(ctx, { grantId })).rejects.toMatchObject({ code: "conflict" });
      const deactivated = deactivatePerson(ctx, { personId: only.actor.id });
      await expect(deactivated).rejects.toMatchObject({ code: "conflict" });
    }
    await expect(act(only, ["administrator"], null)).resolves.toBe(true);
  });

  it("stays when two administrators demote each other at once", async () => {
    const [one, two] = [await administrator("One"), await administrator("Two")];
    const tries = await Promise.allSettled([
      revokeRole(one, { grantId: await grantOf(two.actor.id) }),
      deactivatePerson(two, { personId: one.actor.id }),
    ]);
    expect(tries.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const left = await database().roleGrant.count({
      where: { role: "administrator", person: { deactivatedAt: null, accounts: { some: {} } } },
    });
    expect(left).toBe(1);
  });
});

describe("the sandbox's people", () => {
  it("get random passwords and grants on the sandbox alone, and are shut out off loopback", async () => {
    process.env["LOCKSTEP_HOST"] = "127.0.0.1";
    const first = await ensureSandboxPeople(systemContext, { environmentId: here });
    const second = await ensureSandboxPeople(systemContext, { environmentId: here });
    expect(second).toHaveLength(3);
    expect(new Set([...first, ...second].map(({ password }) => password)).size).toBe(6);
    const grants = await database().roleGrant.findMany({ where: { person: { sandbox: true } } });
    expect(new Set(grants.map(({ environmentId }) => environmentId))).toEqual(new Set([here]));
    expect(JSON.stringify(await lastEntry(), (_key, value: unknown) => String(value))).not.toContain(
      second[0]?.password,
    );
    const [operator] = second;
    if (operator === undefined) throw new Error("no operator");
    const visitor = { ...systemContext, actor: VISITOR };
    await expect(signIn(visitor, operator, null)).resolves.toBeDefined();

    process.env["LOCKSTEP_HOST"] = "0.0.0.0";
    expect(await ensureSandboxPeople(systemContext, { environmentId: here })).toEqual([]);
    await expect(signIn(visitor, operator, null)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await database().session.count({ where: { person: { sandbox: true } } })).toBe(0);
  });

  it("are made for nobody but the system", async () => {
    process.env["LOCKSTEP_HOST"] = "127.0.0.1";
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const made = ensureSandboxPeople(root, { environmentId: here });
    await expect(made).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "ensure-sandbox-people", result: "denied" });
  });
});
