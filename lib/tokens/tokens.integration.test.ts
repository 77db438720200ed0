import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { makeInventory } from "#lib/inventory/testing.ts";
import { authoriseRead, hasRole, readableEnvironments } from "#lib/people/authorise.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { reactivatePerson } from "#lib/people/reactivate-person.ts";
import {
  ageProofs,
  inNewSession,
  lastEntry,
  makePerson,
  systemContext,
  useTestDatabase,
} from "#lib/people/testing.ts";
import { authenticateToken } from "#lib/tokens/authenticate-token.ts";
import { createToken } from "#lib/tokens/create-token.ts";
import { getOwnToken, listTokens } from "#lib/tokens/list-tokens.ts";
import { revokeToken } from "#lib/tokens/revoke-token.ts";
import { createTokenInput } from "#lib/tokens/schema.ts";
import { RATE_PER_MINUTE, spendRate } from "#lib/tokens/spend-rate.ts";
import { contextOf, makeToken, tokenFields } from "#lib/tokens/testing.ts";

let close: () => Promise<void>;
let here: string;
let elsewhere: string;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  here = (await makeInventory()).environmentId;
  elsewhere = (await makeInventory()).environmentId;
});
afterAll(async () => close());

const viewer = async () => makePerson("Vera", [{ role: "viewer", environmentId: here }]);
const administrator = async () => makePerson("Ada", [{ role: "administrator" }]);

/** Lets a token be made `age` ago, past the trigger that keeps its end. */
async function rewind(id: string, age: string) {
  await database().$executeRaw`
    UPDATE api_token SET last_used_at = last_used_at - ${age}::interval, window_started_at = window_started_at - ${age}::interval
    WHERE id = ${id}::uuid`;
}

describe("createToken", () => {
  it("keeps the SHA-256 alone, and says in the audit log who made what", async () => {
    const owner = await viewer();
    const { id, secret, expiresAt } = await makeToken(owner, { scopes: ["read", "propose"], days: 7 });
    const row = await database().apiToken.findUniqueOrThrow({ where: { id } });
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(Date.parse(expiresAt) - row.createdAt.getTime()).toBe(7 * 86_400_000);
    const entry = await lastEntry();
    expect(entry).toMatchObject({
      action: "create-token",
      actorName: "Vera",
      result: "done",
      subjectKind: "token",
      subjectId: id,
      input: { name: "nightly report", scopes: ["read", "propose"], environmentIds: null, days: 7 },
    });
    expect(entry.canonicalText).not.toContain(secret);
  });

  it("takes environments that the person may read, and no others", async () => {
    const owner = await inNewSession(await viewer());
    await createToken(owner, tokenFields({ environmentIds: [here] }));
    await expect(
      createToken(owner, tokenFields({ environmentIds: [here, elsewhere] })),
    ).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({ action: "create-token", result: "denied" });
  });

  it("leaves tokens of machines to administrators, and everything to people who just proved who they are", async () => {
    const person = await inNewSession(await viewer());
    await expect(createToken(person, tokenFields({ machine: true }))).rejects.toMatchObject({
      code: "forbidden",
    });
    await createToken(await inNewSession(await administrator()), tokenFields({ machine: true }));
    await ageProofs(person.sessionId, "6 minutes");
    await expect(createToken(person, tokenFields())).rejects.toMatchObject({
      code: "fresh-sign-in-required",
    });
    await expect(createToken(systemContext, tokenFields())).rejects.toMatchObject({ code: "forbidden" });
  });

  it("gives nobody more than fifty usable ones, also not to two who ask at once", async () => {
    const owner = await inNewSession(await viewer());
    for (let made = 0; made < 49; made += 1) await createToken(owner, tokenFields());
    const two = await Promise.allSettled([
      createToken(owner, tokenFields()),
      createToken(owner, tokenFields()),
    ]);
    expect(two.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("asks for an end within a year", () => {
    const { days: _days, ...endless } = tokenFields();
    expect(createTokenInput.safeParse(endless).success).toBe(false);
    for (const days of [0, 366, 1.5, Infinity])
      expect(createTokenInput.safeParse({ ...endless, days }).success).toBe(false);
    for (const change of [
      { scopes: [] },
      { scopes: ["approve"] },
      { scopes: ["read", "read"] },
      { environmentIds: [] },
    ])
      expect(createTokenInput.safeParse({ ...tokenFields(), ...change }).success).toBe(false);
  });
});

describe("authenticateToken", () => {
  const refused = { code: "unauthenticated" };
  const use = async (secret: string) => authenticateToken(`Bearer ${secret}`, "192.0.2.7");

  it("knows the token and its owner, and notes when and from where, once a minute", async () => {
    const owner = await viewer();
    const { id, secret } = await makeToken(owner, { environmentIds: [here] });
    const { actor, scopes } = await use(secret);
    expect(actor).toEqual({
      kind: "token",
      id,
      name: "nightly report",
      owner: { id: owner.actor.id, name: "Vera" },
      environmentIds: [here],
    });
    expect(scopes).toEqual(["read"]);
    const first = await database().apiToken.findUniqueOrThrow({ where: { id } });
    expect(first.lastUsedAddress).toBe("192.0.2.7");
    await authenticateToken(`bearer ${secret}`, "192.0.2.8");
    expect(await database().apiToken.findUniqueOrThrow({ where: { id } })).toEqual(first);
    await rewind(id, "61 seconds");
    await authenticateToken(`Bearer ${secret}`, "192.0.2.8");
    const later = await database().apiToken.findUniqueOrThrow({ where: { id } });
    expect(later.lastUsedAddress).toBe("192.0.2.8");
    expect(later.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(first.lastUsedAt?.getTime() ?? Infinity);
  });

  it("refuses what is no token, what nobody made, and other schemes", async () => {
    const { secret } = await makeToken(await viewer());
    const { newSecret } = await import("#lib/tokens/secret.ts");
    for (const header of [
      null,
      "",
      "Bearer ",
      secret,
      `Basic ${secret}`,
      `Bearer ${secret}x`,
      `Bearer ${secret} x`,
      `Bearer ${newSecret().secret}`,
    ]) {
      await expect(authenticateToken(header, null), String(header)).rejects.toMatchObject(refused);
    }
  });

  it("refuses a token that has expired, by the database's clock", async () => {
    const owner = await viewer();
    const { newSecret } = await import("#lib/tokens/secret.ts");
    const { secret, hash, hint } = newSecret();
    await database().$executeRaw`
      INSERT INTO api_token (id, owner_id, name, machine, scopes, all_environments, hint, token_hash, created_at, expires_at)
      VALUES (gen_random_uuid(), ${owner.actor.id}::uuid, 'old', false, '{read}', true, ${hint}, ${hash},
        now() - interval '1 day', now() - interval '1 millisecond')`;
    await expect(use(secret)).rejects.toMatchObject(refused);
    expect((await listTokens(owner))[0]).toMatchObject({ name: "old", state: "expired" });
  });

  it("refuses a revoked token at once; only its owner and administrators can revoke", async () => {
    const owner = await viewer();
    const { id, secret } = await makeToken(owner);
    await expect(revokeToken(await viewer(), { tokenId: id })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "revoke-token", result: "denied" });
    await use(secret);
    await revokeToken(owner, { tokenId: id });
    expect(await lastEntry()).toMatchObject({
      action: "revoke-token",
      result: "done",
      subjectName: "nightly report",
    });
    await expect(use(secret)).rejects.toMatchObject(refused);
    const other = await makeToken(owner);
    const ada = await administrator();
    await revokeToken(ada, { tokenId: other.id });
    await expect(use(other.secret)).rejects.toMatchObject(refused);
    const listed = await listTokens(owner);
    expect(listed.find((one) => one.id === other.id)).toMatchObject({
      state: "revoked",
      revokedBy: "Ada",
      mine: true,
    });
  });

  it("ends with its owner's account, and does not come back with it", async () => {
    const owner = await viewer();
    const ada = await administrator();
    const { id, secret } = await makeToken(owner);
    await deactivatePerson(ada, { personId: owner.actor.id });
    await expect(use(secret)).rejects.toMatchObject(refused);
    await reactivatePerson(ada, { personId: owner.actor.id });
    await expect(use(secret)).rejects.toMatchObject(refused);
    expect((await listTokens(ada)).find((one) => one.id === id)).toMatchObject({
      state: "revoked",
      mine: false,
    });
  });

  it("refuses the token of a deactivated owner even where nobody revoked it", async () => {
    const owner = await viewer();
    const { secret } = await makeToken(owner);
    await database().$executeRaw`UPDATE person SET deactivated_at = now() WHERE id = ${owner.actor.id}::uuid`;
    await expect(use(secret)).rejects.toMatchObject(refused);
  });
});

describe("what a token may read", () => {
  it("is never more than its owner may at that moment, nor than its own environments", async () => {
    const owner = await makePerson("Olga", [
      { role: "operator", environmentId: here },
      { role: "viewer", environmentId: elsewhere },
    ]);
    const narrow = await makeToken(owner, { environmentIds: [here] });
    const wide = await makeToken(owner);
    expect(await readableEnvironments(narrow.context)).toEqual(new Set([here]));
    expect(await readableEnvironments(wide.context)).toEqual(new Set([here, elsewhere]));
    expect((await listEnvironments(narrow.context)).map(({ id }) => id)).toEqual([here]);
    await expect(authoriseRead(narrow.context, elsewhere)).rejects.toMatchObject({ code: "forbidden" });
    await expect(authoriseRead(wide.context, null)).rejects.toMatchObject({ code: "forbidden" });
    expect(await hasRole(wide.context, ["operator"], here)).toBe(false);

    await database().roleGrant.deleteMany({ where: { personId: owner.actor.id, environmentId: here } });
    expect(await readableEnvironments(narrow.context)).toEqual(new Set());
    expect(await readableEnvironments(wide.context)).toEqual(new Set([elsewhere]));
    await expect(authoriseRead(narrow.context, here)).rejects.toMatchObject({ code: "forbidden" });
    await database().roleGrant.deleteMany({ where: { personId: owner.actor.id } });
    expect(await readableEnvironments(await contextOf(wide.secret))).toEqual(new Set());
  });

  it("includes the audit log only where its owner is auditor or administrator", async () => {
    const owner = await makePerson("Otto", [
      { role: "auditor", environmentId: here },
      { role: "viewer", environmentId: elsewhere },
    ]);
    const { context } = await makeToken(owner);
    expect(await readableEnvironments(context, ["auditor", "administrator"])).toEqual(new Set([here]));
  });

  it("is what it says of itself", async () => {
    const { context, id, expiresAt } = await makeToken(await viewer(), { environmentIds: [here] });
    expect(await getOwnToken(context)).toMatchObject({ id, expiresAt, environments: [{ id: here }] });
    await expect(getOwnToken(await viewer())).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("listTokens", () => {
  it("shows people their own, and administrators of everything all", async () => {
    const one = await viewer();
    const { id } = await makeToken(one);
    expect((await listTokens(one)).map((token) => token.id)).toEqual([id]);
    expect(await listTokens(await viewer())).toEqual([]);
    const local = await makePerson("Lo", [{ role: "administrator", environmentId: here }]);
    expect(await listTokens(local)).toEqual([]);
    const ids = (await listTokens(await administrator())).map((token) => token.id);
    expect(ids).toContain(id);
    expect(ids.length).toBeGreaterThan(1);
  });
});

describe("the database", () => {
  it("lets nobody widen, prolong or revive a token", async () => {
    const { id } = await makeToken(await viewer());
    const change = async (data: object) => database().apiToken.update({ where: { id }, data });
    for (const data of [
      { scopes: ["read", "propose"] },
      { expiresAt: new Date() },
      { allEnvironments: false },
    ])
      await expect(change(data)).rejects.toThrow(/is not changed/);
    await change({ revokedAt: new Date(), revokedByName: "test" });
    await expect(change({ revokedAt: null, revokedByName: null })).rejects.toThrow(/stays so/);
  });
});

describe("spendRate", () => {
  it("stops a token for the rest of its minute, and begins anew after it", async () => {
    const { id } = await makeToken(await viewer());
    const answers = await Promise.all(Array.from({ length: 31 }, async () => spendRate(id, 10)));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(RATE_PER_MINUTE / 10);
    const refused = await spendRate(id, 1);
    if (refused.allowed) throw new Error("not refused");
    expect(refused.retryAfterSeconds).toBeGreaterThan(50);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
    await rewind(id, "61 seconds");
    expect(await spendRate(id, 1)).toEqual({ allowed: true, left: RATE_PER_MINUTE - 1 });
    expect(await spendRate((await makeToken(await viewer())).id, 10)).toMatchObject({ allowed: true });
  });
});
