import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { makeInventory, openMigration } from "#lib/inventory/testing.ts";
import { createChannel } from "#lib/notifications/create-channel.ts";
import { deliver } from "#lib/notifications/deliver.ts";
import { fanOut } from "#lib/notifications/fan-out.ts";
import { getChannel } from "#lib/notifications/get-channel.ts";
import { getDelivery } from "#lib/notifications/get-delivery.ts";
import { getPreferences } from "#lib/notifications/get-preferences.ts";
import { listChannels } from "#lib/notifications/list-channels.ts";
import { listDeliveries } from "#lib/notifications/list-deliveries.ts";
import { removeChannel } from "#lib/notifications/remove-channel.ts";
import { retryDelivery } from "#lib/notifications/retry-delivery.ts";
import { rotateSigningSecret } from "#lib/notifications/rotate-signing-secret.ts";
import { updateChannelInput } from "#lib/notifications/schema.ts";
import { setPreferences } from "#lib/notifications/set-preferences.ts";
import { switchChannel } from "#lib/notifications/switch-channel.ts";
import { testChannel } from "#lib/notifications/test-channel.ts";
import {
  addHook,
  addMail,
  happen,
  hookFields,
  type HookSink,
  MAIL_PASSWORD,
  mailFields,
  type MailSink,
  startHookSink,
  startMailSink,
} from "#lib/notifications/testing.ts";
import { updateChannel } from "#lib/notifications/update-channel.ts";
import type { Context } from "#lib/people/actor.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

type Person = Awaited<ReturnType<typeof makePerson>>;
let db: Awaited<ReturnType<typeof useTestDatabase>>;
let parts: Awaited<ReturnType<typeof makeInventory>>;
let administrator: Person;
let local: Person;
let operator: Person;
let auditor: Person;
let hook: HookSink;
let mail: MailSink;
let migration: { id: string; environmentId: string };

beforeAll(async () => {
  db = await useTestDatabase();
  parts = await makeInventory();
  const { environmentId } = parts;
  migration = { id: await openMigration(parts), environmentId };
  administrator = await makePerson("Adam", [{ role: "administrator" }]);
  local = await makePerson("Lea", [{ role: "administrator", environmentId }]);
  operator = await makePerson("Olga", [{ role: "operator" }, { role: "approver" }]);
  auditor = await makePerson("Ulla", [{ role: "auditor", environmentId }]);
  hook = await startHookSink();
  mail = await startMailSink();
});
afterAll(async () => {
  await hook.close();
  await mail.close();
  await db.close();
});

async function version(id: string): Promise<number> {
  return (await database().notificationChannel.findUniqueOrThrow({ where: { id } })).version;
}

function updateFields(id: string, seenVersion: number, fields: object, change: object = {}) {
  const { environmentId: _home, ...settings } = fields as { environmentId: unknown };
  return updateChannelInput.parse({ ...settings, ...change, id, seenVersion });
}

/** Everything that the audit log and the channels' pages say, in one text. */
async function everythingSaid(): Promise<string> {
  const entries = await database().auditEntry.findMany();
  const pages = await listChannels(administrator);
  const log = await listDeliveries(administrator, {});
  return JSON.stringify([entries.map(({ canonicalText }) => canonicalText), pages, log]);
}

describe("each verb on a channel", () => {
  type Verb = readonly [string, (ctx: Context, id: string, seen: number) => Promise<unknown>];
  const verbs: readonly Verb[] = [
    [
      "update-channel",
      async (ctx, id, seen) => updateChannel(ctx, updateFields(id, seen, hookFields(hook.url), { url: "" })),
    ],
    [
      "switch-channel",
      async (ctx, id, seenVersion) => switchChannel(ctx, { id, seenVersion, enabled: true }),
    ],
    ["rotate-signing-secret", async (ctx, id, seenVersion) => rotateSigningSecret(ctx, { id, seenVersion })],
    ["test-channel", async (ctx, id) => testChannel(ctx, { id })],
    ["remove-channel", async (ctx, id, seenVersion) => removeChannel(ctx, { id, seenVersion })],
  ];

  it.each(verbs.map(([action, run]) => ({ action, run })))(
    "$action is recorded, refused to others, and refused to a local administrator on a channel of all",
    async ({ action, run }) => {
      const here = await addHook(hook.url, { environmentId: parts.environmentId });
      const everywhere = await addHook(hook.url);
      for (const [ctx, id] of [
        [operator, here.id],
        [auditor, here.id],
        [local, everywhere.id],
      ] as const) {
        await expect(run(ctx, id, await version(id))).rejects.toMatchObject({ code: "forbidden" });
        expect(await lastEntry()).toMatchObject({
          action,
          result: "denied",
          actorId: ctx.actor.id,
          subjectId: id,
        });
      }
      await run(local, here.id, await version(here.id));
      expect(await lastEntry()).toMatchObject({
        action,
        result: "done",
        actorId: local.actor.id,
        environmentId: parts.environmentId,
      });
      await run(administrator, everywhere.id, await version(everywhere.id));
      expect(await lastEntry()).toMatchObject({ action, result: "done", actorId: administrator.actor.id });
    },
  );

  it.each(verbs.filter(([action]) => action !== "test-channel").map(([action, run]) => ({ action, run })))(
    "$action is refused on a page that is old",
    async ({ run }) => {
      const { id } = await addHook(hook.url);
      await switchChannel(administrator, { id, seenVersion: 1, enabled: true });
      await expect(run(administrator, id, 1)).rejects.toMatchObject({ code: "stale" });
    },
  );

  it("is refused on a channel that is not there or was removed", async () => {
    const { id } = await addHook(hook.url);
    await removeChannel(administrator, { id, seenVersion: 1 });
    for (const [, run] of verbs) {
      await expect(run(administrator, id, 2)).rejects.toMatchObject({ code: "conflict" });
      await expect(run(administrator, randomUUID(), 1)).rejects.toMatchObject({ code: "not-found" });
    }
  });
});

describe("adding a channel", () => {
  it("is recorded without address, password and secret, which nothing ever shows again", async () => {
    const made = await createChannel(administrator, hookFields(hook.url));
    expect(await lastEntry()).toMatchObject({ action: "create-channel", result: "done", subjectId: made.id });
    expect(made.signingSecret).toMatch(/^lswh_/);
    const slack = await createChannel(administrator, hookFields(hook.url, { kind: "slack" }));
    expect(slack.signingSecret).toBeNull();
    await createChannel(administrator, mailFields(mail.port));
    const rotated = await rotateSigningSecret(administrator, { id: made.id, seenVersion: 1 });
    await testChannel(administrator, { id: made.id });
    const said = await everythingSaid();
    expect(said).not.toContain("s3cret");
    expect(said).not.toContain(made.signingSecret ?? "none");
    expect(said).not.toContain(rotated.signingSecret);
    const stored = JSON.stringify(await database().notificationChannel.findMany());
    for (const secret of ["s3cret", made.signingSecret ?? "none", rotated.signingSecret])
      expect(stored).not.toContain(secret);
  });

  it("is for administrators of its environment, and of all for one of all", async () => {
    const here = hookFields(hook.url, { environmentId: parts.environmentId });
    await expect(createChannel(local, here)).resolves.toMatchObject({ id: expect.any(String) as string });
    await expect(createChannel(local, hookFields(hook.url))).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "create-channel", result: "denied" });
    await expect(createChannel(operator, here)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("refuses a name that is taken, beside its field, until the other is removed", async () => {
    const { id } = await addHook(hook.url, { name: "Taken" });
    const again = async () => createChannel(administrator, hookFields(hook.url, { name: "taken" }));
    await expect(again()).rejects.toMatchObject({
      code: "conflict",
      fields: { name: expect.any(String) as string },
    });
    await removeChannel(administrator, { id, seenVersion: 1 });
    await expect(again()).resolves.toBeDefined();
  });
});

describe("changing a channel", () => {
  it("keeps a blank address and password, and takes new ones", async () => {
    const { id } = await addHook(hook.url);
    const before = await database().notificationChannel.findUniqueOrThrow({ where: { id } });
    await updateChannel(
      administrator,
      updateFields(id, 1, hookFields(hook.url, { name: "renamed", events: ["approved"] }), { url: "" }),
    );
    const after = await database().notificationChannel.findUniqueOrThrow({ where: { id } });
    expect(after).toMatchObject({
      name: "renamed",
      events: ["approved"],
      urlSealed: before.urlSealed,
      version: 2,
    });
    await updateChannel(administrator, updateFields(id, 2, hookFields("https://hooks.example.com/new")));
    expect(await getChannel(administrator, id)).toMatchObject({ hook: { host: "hooks.example.com" } });
  });

  it.each([
    { smtpHost: "elsewhere.example.com" },
    { smtpPort: "26" },
    { smtpUser: "other" },
    { smtpTls: "tls" },
  ])("never sends the stored password where it was not given for: %o", async (change) => {
    const { id } = await addMail(mail.port);
    const moved = { password: "", ...change };
    const attempt = updateChannel(administrator, updateFields(id, 1, mailFields(mail.port, moved)));
    await expect(attempt).rejects.toMatchObject({
      code: "invalid",
      fields: { password: expect.any(String) as string },
    });
    const given = { ...moved, password: "another" };
    await expect(
      updateChannel(administrator, updateFields(id, 1, mailFields(mail.port, given))),
    ).resolves.toEqual({ id });
  });

  it("never changes the kind", async () => {
    const { id } = await addHook(hook.url);
    const other = updateFields(id, 1, hookFields(hook.url, { kind: "slack" }));
    await expect(updateChannel(administrator, other)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a removed channel", () => {
  it("has no secret left, leaves the list and keeps its log", async () => {
    const { id } = await addMail(mail.port);
    const { deliveryId } = await testChannel(administrator, { id });
    await removeChannel(administrator, { id, seenVersion: 1 });
    const row = await database().notificationChannel.findUniqueOrThrow({ where: { id } });
    expect([row.passwordSealed, row.urlSealed, row.signingSecretSealed]).toEqual([null, null, null]);
    expect((await listChannels(administrator)).map((one) => one.id)).not.toContain(id);
    expect(await getDelivery(administrator, deliveryId)).toMatchObject({
      state: "delivered",
      canRetry: false,
    });
  });
});

describe("the test button", () => {
  it("mails whoever pressed it, also through a channel that is off, and stands in the log", async () => {
    const { id } = await addMail(mail.port);
    await switchChannel(administrator, { id, seenVersion: 1, enabled: false });
    const before = mail.taken.length;
    const report = await testChannel(administrator, { id });
    expect(report).toMatchObject({
      outcome: "delivered",
      detail: expect.stringContaining("queued as 42") as string,
    });
    expect(mail.taken.slice(before).map(({ to }) => to)).toEqual([[administrator.actor.email]]);
    const { deliveries } = await listDeliveries(administrator, { channel: id, kind: "test" });
    expect(deliveries).toMatchObject([
      { id: report.deliveryId, state: "delivered", words: "Test", attempts: 1 },
    ]);
    expect(deliveries[0]?.target).toBe(`Adam (a…@example.com)`);
  });

  it("says exactly what failed, and is not tried again", async () => {
    const wrong = await addMail(mail.port, { password: "wrong" });
    expect(await testChannel(administrator, { id: wrong.id })).toMatchObject({
      outcome: "refused",
      detail: expect.stringMatching(/did not let lockstep sign in: 535/) as string,
    });
    const untrusted = await addMail(mail.port, { caCertificates: "" });
    expect((await testChannel(administrator, { id: untrusted.id })).detail).toMatch(
      /^TLS with localhost:\d+ failed/,
    );
    const denied = await addHook("https://169.254.169.254/hook");
    const report = await testChannel(administrator, { id: denied.id });
    expect(report.detail).toContain("never connects to");
    expect(await getDelivery(administrator, report.deliveryId)).toMatchObject({
      state: "given-up",
      attempts: 1,
      attemptsAllowed: 1,
      canRetry: false,
    });
    await expect(retryDelivery(administrator, { id: report.deliveryId })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await getChannel(administrator, denied.id)).toMatchObject({ givenUp: 0, waiting: 0 });
  });
});

describe("the delivery log", () => {
  it("is filtered, paged, and shows each reader their environments alone", async () => {
    const other = await makeInventory();
    const elsewhere = { id: await openMigration(other), environmentId: other.environmentId };
    const { id } = await addHook(hook.url, { name: "log" });
    for (let index = 0; index < 51; index += 1) await happen(migration, { kind: "step-executed" });
    await happen(elsewhere, { kind: "step-failed" });
    await fanOut();
    const first = await listDeliveries(administrator, { channel: id });
    expect(first.deliveries).toHaveLength(50);
    const second = await listDeliveries(administrator, { channel: id, before: first.olderBefore ?? "" });
    expect(second.deliveries).toHaveLength(2);
    expect(second.olderBefore).toBeNull();
    const all = [...first.deliveries, ...second.deliveries].map((one) => one.id);
    expect(new Set(all).size).toBe(52);
    const failed = await listDeliveries(administrator, {
      channel: id,
      kind: "step-failed",
      state: "waiting",
    });
    expect(failed.deliveries.map(({ migrationId }) => migrationId)).toEqual([elsewhere.id]);
    const theirs = await listDeliveries(auditor, { channel: id });
    expect(theirs.deliveries.every(({ environment }) => environment?.id === parts.environmentId)).toBe(true);
    await expect(listDeliveries(operator, {})).rejects.toMatchObject({ code: "forbidden" });
    const foreign = failed.deliveries[0]?.id ?? "";
    await expect(getDelivery(auditor, foreign)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getDelivery(administrator, "nonsense")).rejects.toMatchObject({ code: "not-found" });
    await expect(getChannel(auditor, id)).rejects.toMatchObject({ code: "forbidden" });
    expect(await listChannels(operator)).toEqual([]);
  });

  it("shows the tries and the text, and the button that tries again keeps the id", async () => {
    const sink = await startHookSink();
    const { id: channel } = await addHook(sink.url, { environmentId: parts.environmentId });
    sink.answer = (response) => void response.writeHead(410).end("moved away");
    await happen(migration, { kind: "incident-opened", words: "The bound is readable again." });
    await fanOut();
    const [{ id } = { id: "" }] = (await listDeliveries(local, { channel })).deliveries;
    await deliver(id);
    const detail = await getDelivery(local, id);
    expect(detail).toMatchObject({ state: "given-up", canRetry: true });
    expect(detail.tries).toMatchObject([{ number: 1, outcome: "refused" }]);
    expect(detail.message.text).toContain("> The bound is readable again.");
    expect((await getDelivery(auditor, id)).canRetry).toBe(false);

    await expect(retryDelivery(auditor, { id })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "retry-delivery", result: "denied" });
    sink.answer = (response) => void response.writeHead(500).end();
    await retryDelivery(local, { id });
    expect(await lastEntry()).toMatchObject({ action: "retry-delivery", result: "done", subjectId: id });
    await deliver(id);
    const again = await database().notificationDelivery.findUniqueOrThrow({ where: { id } });
    expect(again).toMatchObject({ state: "waiting", attempts: 2, attemptsAllowed: 9 });
    const wait = (again.nextTryAt?.getTime() ?? 0) - (again.lastTriedAt?.getTime() ?? 0);
    expect(Math.round(wait / 1000)).toBe(10);
    sink.answer = (response) => void response.writeHead(200).end();
    await retryDelivery(local, { id });
    expect(await deliver(id)).toMatchObject({ outcome: "delivered" });
    await expect(retryDelivery(local, { id })).rejects.toMatchObject({ code: "conflict" });
    expect(new Set(sink.received.map(({ headers }) => headers["lockstep-delivery"]))).toEqual(new Set([id]));
    await sink.close();
  });

  it("does not try again through a channel that is off", async () => {
    const { id: channel } = await addHook("https://169.254.169.254/x");
    await happen(migration);
    await fanOut();
    const [{ id } = { id: "" }] = (await listDeliveries(administrator, { channel })).deliveries;
    await deliver(id);
    await switchChannel(administrator, { id: channel, seenVersion: 1, enabled: false });
    await expect(retryDelivery(administrator, { id })).rejects.toMatchObject({ code: "conflict" });
    expect((await getDelivery(administrator, id)).canRetry).toBe(false);
  });
});

describe("one's own wishes", () => {
  it("are one's own, recorded, and guarded by their version", async () => {
    const before = await getPreferences(operator);
    expect(before).toMatchObject({ muted: [], ownActs: false, version: 0, hasEmailChannel: true });
    await setPreferences(operator, { seenVersion: 0, muted: ["approved", "step-executed"], ownActs: true });
    expect(await lastEntry()).toMatchObject({
      action: "set-preferences",
      actorId: operator.actor.id,
      subjectId: operator.actor.id,
      result: "done",
    });
    expect(await getPreferences(operator)).toMatchObject({
      muted: ["approved", "step-executed"],
      version: 1,
    });
    await setPreferences(operator, { seenVersion: 1, muted: [], ownActs: false });
    const stale = setPreferences(operator, { seenVersion: 1, muted: ["approved"], ownActs: false });
    await expect(stale).rejects.toMatchObject({ code: "stale" });
    const late = setPreferences(operator, { seenVersion: 0, muted: ["approved"], ownActs: false });
    await expect(late).rejects.toMatchObject({ code: "stale" });
    expect(await getPreferences(administrator)).toMatchObject({ version: 0 });
  });

  it("are no machine's, nor of somebody who was deactivated", async () => {
    const wish = { seenVersion: 0, muted: [], ownActs: false };
    await expect(setPreferences(systemContext, wish)).rejects.toMatchObject({ code: "forbidden" });
    const gone = await makePerson("Gus");
    await database().person.update({ where: { id: gone.actor.id }, data: { deactivatedAt: new Date() } });
    await expect(setPreferences(gone, wish)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "set-preferences", result: "denied" });
  });
});

it("never lets the password of the tests into what is said", async () => {
  expect(await everythingSaid()).not.toContain(MAIL_PASSWORD);
});
