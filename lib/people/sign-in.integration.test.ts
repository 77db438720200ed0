import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { type Context, VISITOR } from "#lib/people/actor.ts";
import { readCurrentSession } from "#lib/people/current-session.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { listSessions } from "#lib/people/list-sessions.ts";
import { changePassword } from "#lib/people/change-password.ts";
import { revokeSession } from "#lib/people/revoke-session.ts";
import type { SessionCookie } from "#lib/people/session-cookie.ts";
import { signIn } from "#lib/people/sign-in.ts";
import { signOut } from "#lib/people/sign-out.ts";
import { givePassword, lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

const PASSWORD = "correct horse battery";
const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  await makePerson("Root", [{ role: "administrator" }]).then(async (root) => givePassword(root, PASSWORD));
});
afterAll(async () => close());

let addresses = 0;
function visitor(): Context {
  addresses += 1;
  return { actor: VISITOR, sourceAddress: `10.0.0.${addresses}`, requestId: randomUUID() };
}

async function personWithPassword(name: string) {
  const person = await makePerson(name, [{ role: "viewer" }]);
  await givePassword(person, PASSWORD);
  return person;
}

function headersOf(cookies: readonly SessionCookie[]): Headers {
  const pairs = cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  return new Headers({ cookie: pairs.join("; ") });
}

const current = async (headers: Headers, counts = true) => readCurrentSession(headers, { counts });
const age = async (column: "last_seen_at" | "created_at", headers: Headers, interval: string) => {
  const session = await current(headers, false);
  await database().$executeRawUnsafe(
    `UPDATE session SET ${column} = now() - interval '${interval}' WHERE id = '${session?.sessionId ?? ""}'`,
  );
};

describe("signing in", () => {
  it("opens a session and records it", async () => {
    const person = await personWithPassword("Ada");
    const { cookies } = await signIn(visitor(), { email: person.actor.email, password: PASSWORD }, AGENT);
    const session = await current(headersOf(cookies));
    expect(session).toMatchObject({ person: { id: person.actor.id, name: "Ada" } });
    const entry = await lastEntry();
    expect(entry).toMatchObject({
      action: "sign-in",
      result: "done",
      actorId: person.actor.id,
      actorKind: "person",
      input: { email: "[hidden]", password: "[hidden]" },
    });
    const sessions = await listSessions(person, session?.sessionId ?? "");
    expect(sessions).toMatchObject([{ device: "Firefox on Linux", isCurrent: true }]);
    expect(sessions[0]?.address).toMatch(/^10\.0\.0\./);
  });

  it("says the same of a wrong password, an unknown and a deactivated account, and records each as denied", async () => {
    const person = await personWithPassword("Bea");
    const gone = await personWithPassword("Gone");
    await deactivatePerson(systemContext, { personId: gone.actor.id });
    const said: unknown[] = [];
    for (const [email, password, name] of [
      [person.actor.email, "wrong wrong wrong", "Bea"],
      ["nobody@example.com", PASSWORD, "unknown account"],
      [gone.actor.email, PASSWORD, "Gone"],
    ] as const) {
      const failed = await signIn(visitor(), { email, password }, null).catch((error: unknown) => error);
      said.push(String(failed));
      expect(failed).toMatchObject({ code: "unauthenticated" });
      expect(await lastEntry()).toMatchObject({ action: "sign-in", result: "denied", subjectName: name });
    }
    expect(new Set(said).size).toBe(1);
    expect(await database().session.count({ where: { userId: gone.actor.id } })).toBe(0);
  });

  it("refuses cookies that were changed, and none at all", async () => {
    const person = await personWithPassword("Cat");
    const answer = await signIn(visitor(), { email: person.actor.email, password: PASSWORD }, null);
    const [cookie] = answer.cookies;
    if (cookie === undefined) throw new Error("no cookie");
    expect(await current(headersOf([{ ...cookie, value: `x${cookie.value}` }]))).toBeNull();
    expect(await current(headersOf([{ ...cookie, value: cookie.value.split(".")[0] ?? "" }]))).toBeNull();
    expect(await current(new Headers())).toBeNull();
  });
});

describe("the throttle", () => {
  const fail = async (ctx: Context, email: string) =>
    signIn(ctx, { email, password: "wrong wrong wrong" }, null).catch((error: unknown) => error);

  it("lays a growing delay on the account from the fifth failure, whatever the address, and tells how long", async () => {
    const person = await personWithPassword("Dan");
    const { email } = person.actor;
    for (let index = 0; index < 5; index += 1) {
      expect(await fail(visitor(), email)).toMatchObject({ code: "unauthenticated" });
    }
    const rows = await database().auditEntry.count();
    const refused = await signIn(visitor(), { email, password: PASSWORD }, null).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(/Wait 1?\d seconds/) as string,
    });
    expect(await database().auditEntry.count()).toBe(rows);
    // A second ago, since the column rounds to milliseconds and may round now() up, into the time to come.
    await database().$executeRaw`UPDATE sign_in_throttle SET blocked_until = now() - interval '1 second'
      WHERE key LIKE 'account:%'`;
    expect(await fail(visitor(), email)).toMatchObject({ code: "unauthenticated" });
    expect(await fail(visitor(), email)).toMatchObject({
      message: expect.stringMatching(/Wait (30|2\d) seconds/) as string,
    });
  });

  it("forgets on success", async () => {
    const person = await personWithPassword("Eli");
    const { email } = person.actor;
    for (let index = 0; index < 4; index += 1) await fail(visitor(), email);
    await signIn(visitor(), { email, password: PASSWORD }, null);
    for (let index = 0; index < 4; index += 1) {
      expect(await fail(visitor(), email)).toMatchObject({ code: "unauthenticated" });
    }
    await expect(signIn(visitor(), { email, password: PASSWORD }, null)).resolves.toBeDefined();
  });

  it("forgets after 15 quiet minutes", async () => {
    const { email } = (await personWithPassword("Fay")).actor;
    for (let index = 0; index < 5; index += 1) await fail(visitor(), email);
    await database().$executeRaw`UPDATE sign_in_throttle
      SET blocked_until = now() - interval '16 minutes', last_attempt_at = now() - interval '17 minutes'`;
    expect(await fail(visitor(), email)).toMatchObject({ code: "unauthenticated" });
    await expect(signIn(visitor(), { email, password: PASSWORD }, null)).resolves.toBeDefined();
  });

  it("counts an address over all accounts", async () => {
    const person = await personWithPassword("Gus");
    const one = visitor();
    for (let index = 0; index < 5; index += 1) await fail(one, `nobody-${index}@example.com`);
    const { email } = person.actor;
    await expect(signIn(one, { email, password: PASSWORD }, null)).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(signIn(visitor(), { email, password: PASSWORD }, null)).resolves.toBeDefined();
  });

  it("lets no more than five of many tries at once look at the password", async () => {
    const { email } = (await personWithPassword("Hal")).actor;
    const tries = await Promise.all(Array.from({ length: 12 }, async () => fail(visitor(), email)));
    const looked = tries.filter((error) => (error as { code: string }).code === "unauthenticated");
    expect(looked).toHaveLength(5);
  });

  it("counts wrong current passwords when one is changed", async () => {
    const person = await personWithPassword("Ida");
    const input = { currentPassword: "wrong wrong wrong", newPassword: "another long password" };
    for (let index = 0; index < 5; index += 1) {
      await expect(
        changePassword({ ...person, sourceAddress: null }, input, randomUUID()),
      ).rejects.toMatchObject({
        code: "forbidden",
        fields: { currentPassword: expect.any(String) as string },
      });
    }
    const right = { ...input, currentPassword: PASSWORD };
    await expect(changePassword({ ...person, sourceAddress: null }, right, randomUUID())).rejects.toThrow(
      /Too many/,
    );
  });
});

describe("a session", () => {
  const open = async (name: string) => {
    const person = await personWithPassword(name);
    const { cookies } = await signIn(visitor(), { email: person.actor.email, password: PASSWORD }, null);
    return { person, headers: headersOf(cookies) };
  };

  it("ends after an hour in which nothing was done, for good", async () => {
    const { headers } = await open("Jan");
    await age("last_seen_at", headers, "61 minutes");
    expect(await current(headers)).toBeNull();
    expect(await database().session.count({ where: { person: { name: "Jan" } } })).toBe(0);
  });

  it("is kept by what people do, and not by pages that poll", async () => {
    const { headers } = await open("Kim");
    await age("last_seen_at", headers, "50 minutes");
    const polled = await current(headers, false);
    expect(polled?.endsAt.getTime()).toBeLessThan(Date.now() + 11 * 60_000);
    const used = await current(headers);
    expect(used?.endsAt.getTime()).toBeGreaterThan(Date.now() + 59 * 60_000);
    expect((await current(headers, false))?.endsAt.getTime()).toBeGreaterThan(Date.now() + 59 * 60_000);
  });

  it("ends after 12 hours however busy it was", async () => {
    const { headers } = await open("Lea");
    await age("created_at", headers, "11 hours 50 minutes");
    expect((await current(headers))?.endsAt.getTime()).toBeLessThan(Date.now() + 11 * 60_000);
    await age("created_at", headers, "12 hours 1 second");
    expect(await current(headers)).toBeNull();
  });

  it("ends with its person's deactivation", async () => {
    const { person, headers } = await open("Max");
    await deactivatePerson(systemContext, { personId: person.actor.id });
    expect(await current(headers)).toBeNull();
  });

  it("can be ended by its person, by an administrator, and by nobody else", async () => {
    const { person, headers } = await open("Noa");
    const sessionId = (await current(headers))?.sessionId ?? "";
    const other = await personWithPassword("Other");
    await expect(revokeSession(other, { sessionId })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({
      action: "revoke-session",
      result: "denied",
      actorName: "Other",
    });
    await revokeSession(person, { sessionId });
    expect(await lastEntry()).toMatchObject({ action: "revoke-session", result: "done", subjectName: "Noa" });
    expect(await current(headers)).toBeNull();
  });

  it("ends with sign-out, which is recorded", async () => {
    const { person, headers } = await open("Ola");
    await signOut(person, (await current(headers))?.sessionId ?? "");
    expect(await lastEntry()).toMatchObject({ action: "sign-out", result: "done", actorName: "Ola" });
    expect(await current(headers)).toBeNull();
  });

  it("survives the person's own change of password alone of all", async () => {
    const { person, headers } = await open("Pia");
    const second = await signIn(visitor(), { email: person.actor.email, password: PASSWORD }, null);
    const sessionId = (await current(headers))?.sessionId ?? "";
    await changePassword(
      person,
      { currentPassword: PASSWORD, newPassword: "another long password" },
      sessionId,
    );
    expect(await lastEntry()).toMatchObject({ action: "change-password", outcome: { sessionsEnded: 1 } });
    expect(await current(headers)).not.toBeNull();
    expect(await current(headersOf(second.cookies))).toBeNull();
    const again = { email: person.actor.email, password: "another long password" };
    await expect(signIn(visitor(), again, null)).resolves.toBeDefined();
  });
});
