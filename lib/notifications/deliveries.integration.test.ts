import { spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { makeInventory, openMigration } from "#lib/inventory/testing.ts";
import { deliver, dueDeliveries, RETRY_WAITS_SECONDS } from "#lib/notifications/deliver.ts";
import { ATTEMPTS_ALLOWED, fanOut } from "#lib/notifications/fan-out.ts";
import { notify } from "#lib/notifications/notify.ts";
import { switchChannel } from "#lib/notifications/switch-channel.ts";
import {
  addHook,
  addMail,
  happen,
  type HookSink,
  type MailSink,
  startHookSink,
  startMailSink,
} from "#lib/notifications/testing.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { parseJson } from "#lib/timestamps/json.ts";

let db: Awaited<ReturnType<typeof useTestDatabase>>;
let migration: { id: string; environmentId: string };
let hook: HookSink;
let mail: MailSink;

beforeAll(async () => {
  db = await useTestDatabase();
  process.env["LOCKSTEP_PUBLIC_URL"] = "https://lockstep.example.com";
  const parts = await makeInventory();
  migration = { id: await openMigration(parts), environmentId: parts.environmentId };
});
afterAll(async () => db.close());

afterEach(async () => {
  await database().notificationChannel.updateMany({ data: { enabled: false, removedAt: null } });
  await database()
    .$executeRaw`UPDATE notification_delivery SET state = 'given-up', next_try_at = NULL, ended_at = now()
    WHERE ended_at IS NULL`;
  await hook?.close();
  await mail?.close();
});

async function rows() {
  return database().notificationDelivery.findMany({
    where: { channel: { enabled: true } },
    include: { tries: { orderBy: { number: "asc" } } },
    orderBy: { createdAt: "asc" },
  });
}

async function theRow() {
  const [row, ...others] = await rows();
  expect(others).toEqual([]);
  if (row === undefined) throw new Error("no delivery was made");
  return row;
}

async function dueNow(id: string): Promise<void> {
  await database()
    .$executeRaw`UPDATE notification_delivery SET next_try_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
}

describe("an event", () => {
  it("is told when its transaction commits, and never when it does not", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    const event = { key: "rolled back", words: "never told" };
    const rolledBack = database().$transaction(async (tx) => {
      await notify(tx, {
        ...event,
        kind: "approved",
        environmentId: migration.environmentId,
        migrationId: migration.id,
        planHash: null,
        unit: null,
        stepId: null,
        subjectId: null,
        actor: { kind: "worker", id: "w" },
        addressed: { people: [], roles: [] },
      });
      throw new TypeError("something else failed");
    });
    await expect(rolledBack).rejects.toThrow("something else failed");
    await happen(migration);
    await fanOut();
    expect(await rows()).toHaveLength(1);
  });

  it("makes one delivery a channel, however often it is written and fanned out, by however many workers", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    await addHook(hook.url, { kind: "slack" });
    const key = await happen(migration);
    await happen(migration, { key });
    await Promise.all([fanOut(), fanOut(), fanOut()]);
    await database().notificationEvent.updateMany({ where: { key }, data: { fannedOutAt: null } });
    await fanOut();
    const made = await rows();
    expect(made).toHaveLength(2);
    await Promise.all(made.flatMap(({ id }) => [deliver(id), deliver(id), deliver(id)]));
    expect(hook.received).toHaveLength(2);
    expect((await rows()).map(({ state, attempts }) => ({ state, attempts }))).toEqual([
      { state: "delivered", attempts: 1 },
      { state: "delivered", attempts: 1 },
    ]);
  });

  it("goes to the channels of its environment and of all, that want its kind and are on", async () => {
    hook = await startHookSink();
    const other = await makeInventory();
    await addHook(hook.url, { name: "all" });
    await addHook(hook.url, { name: "mine", environmentId: migration.environmentId });
    await addHook(hook.url, { name: "other", environmentId: other.environmentId });
    await addHook(hook.url, { name: "wants less", events: ["incident-opened"] });
    const off = await addHook(hook.url, { name: "off" });
    await switchChannel(systemContext, { id: off.id, seenVersion: 1, enabled: false });
    const key = await happen(migration, { kind: "rejected" });
    await fanOut();
    const made = await database().notificationDelivery.findMany({
      where: { event: { key } },
      include: { channel: true },
    });
    expect(made.map(({ channel }) => channel.name).toSorted()).toEqual(["all", "mine"]);
  });
});

describe("a webhook", () => {
  it("is signed over time and body, and leads to the migration and the plan", async () => {
    hook = await startHookSink();
    const { signingSecret } = await addHook(hook.url);
    await happen(migration, { words: "Ready when you are." });
    await fanOut();
    const { id } = await theRow();
    expect(await deliver(id)).toMatchObject({ outcome: "delivered" });
    const [one] = hook.received;
    const header = String(one?.headers["lockstep-signature"]);
    const [, at = "", mac = ""] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
    expect(mac).toBe(
      createHmac("sha256", signingSecret ?? "")
        .update(`${at}.${one?.body ?? ""}`)
        .digest("hex"),
    );
    expect(Math.abs(Date.now() / 1000 - +at)).toBeLessThan(30);
    expect(one?.headers).toMatchObject({ "lockstep-delivery": id, "lockstep-event": "approval-requested" });
    expect(parseJson(one?.body ?? "")).toMatchObject({
      kind: "approval-requested",
      migration: migration.id,
      planHash: "ab".repeat(32),
      quote: { by: "Olga", text: "Ready when you are." },
      link: `https://lockstep.example.com/migrations/${migration.id}?plan=${"ab".repeat(32)}`,
    });
  });

  it("is tried again after 500 and silence, later each time, with the same id, and given up in the end", async () => {
    hook = await startHookSink();
    hook.answer = (response) => void response.writeHead(500).end("try later");
    await addHook(hook.url);
    await happen(migration);
    await fanOut();
    const { id } = await theRow();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS_ALLOWED; attempt += 1) {
      expect(await deliver(id), `try ${attempt}`).toMatchObject({ outcome: "refused" });
      expect(await deliver(id), "not due").toBeNull();
      const row = await theRow();
      expect(row.attempts).toBe(attempt);
      expect(row.lastError).toContain("answered 500 Internal Server Error: try later");
      if (row.nextTryAt !== null && row.lastTriedAt !== null)
        waits.push(Math.round((row.nextTryAt.getTime() - row.lastTriedAt.getTime()) / 1000));
      if (attempt < ATTEMPTS_ALLOWED) await dueNow(id);
    }
    expect(waits).toEqual(RETRY_WAITS_SECONDS);
    expect(await theRow()).toMatchObject({ state: "given-up", nextTryAt: null });
    expect((await theRow()).tries.map(({ outcome }) => outcome)).toEqual(
      Array(ATTEMPTS_ALLOWED).fill("refused"),
    );
    expect(new Set(hook.received.map(({ headers }) => headers["lockstep-delivery"]))).toEqual(new Set([id]));
    expect(await dueDeliveries(100)).not.toContain(id);
  });

  it("that hangs up after the message counts as unclear and is tried again", async () => {
    hook = await startHookSink();
    hook.answer = (response) => response.socket?.destroy();
    await addHook(hook.url);
    await happen(migration);
    await fanOut();
    const { id } = await theRow();
    expect(await deliver(id)).toMatchObject({ outcome: "unclear" });
    hook.answer = (response) => void response.writeHead(200).end();
    await dueNow(id);
    expect(await deliver(id)).toMatchObject({ outcome: "delivered" });
    const row = await theRow();
    expect(row).toMatchObject({ state: "delivered", lastError: null, nextTryAt: null });
    expect(row.tries.map(({ outcome }) => outcome)).toEqual(["unclear", "delivered"]);
  });

  it("is not tried again where the receiver is gone, the address forbidden, or the channel off", async () => {
    hook = await startHookSink();
    hook.answer = (response) => void response.writeHead(410).end();
    const gone = await addHook(hook.url);
    await addHook("https://169.254.169.254/latest");
    const off = await addHook(hook.url);
    await happen(migration);
    await fanOut();
    await switchChannel(systemContext, { id: off.id, seenVersion: 1, enabled: false });
    const made = await database().notificationDelivery.findMany({ where: { state: "waiting" } });
    await Promise.all(made.map(async ({ id }) => deliver(id)));
    const ended = await database().notificationDelivery.findMany({
      where: { id: { in: made.map(({ id }) => id) } },
    });
    expect(ended.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
      Array.from({ length: 3 }, () => ({ state: "given-up", attempts: 1 })),
    );
    expect(ended.find(({ channelId }) => channelId === off.id)?.lastError).toContain("switched off");
    expect(ended.find(({ channelId }) => channelId === gone.id)?.lastError).toContain("410");
    expect(hook.received).toHaveLength(1);
  });
});

describe("an e-mail", () => {
  it("goes to each addressed person who may see the environment and wants it, and to the fixed addresses", async () => {
    mail = await startMailSink();
    const environmentId = migration.environmentId;
    const approver = await makePerson("Ada", [{ role: "approver", environmentId }]);
    const everywhere = await makePerson("Eve", [{ role: "approver" }]);
    const named = await makePerson("Nils", [{ role: "viewer", environmentId }]);
    const requester = await makePerson("Rita", [{ role: "approver", environmentId }]);
    const muted = await makePerson("Mona", [{ role: "approver", environmentId }]);
    const gone = await makePerson("Gus", [{ role: "approver", environmentId }]);
    const elsewhere = await makePerson("Else", [
      { role: "approver", environmentId: (await makeInventory()).environmentId },
    ]);
    await database().person.update({ where: { id: gone.actor.id }, data: { deactivatedAt: new Date() } });
    await database().notificationPreference.create({
      data: { personId: muted.actor.id, muted: ["approval-requested", "incident-opened"] },
    });
    await addMail(mail.port, { mailTo: ["oncall@example.com", approver.actor.email] });
    const addressed = {
      people: [named.actor.id, elsewhere.actor.id, requester.actor.id],
      roles: ["approver" as const],
    };
    await happen(migration, { actor: requester.actor, addressed });
    await fanOut();
    const made = await rows();
    await Promise.all(made.map(async ({ id }) => deliver(id)));
    const asked = [approver.actor.email, everywhere.actor.email, named.actor.email, "oncall@example.com"];
    expect(mail.taken.map(({ to }) => to.join()).toSorted()).toEqual(asked.toSorted());
    expect(mail.taken[0]?.raw).toContain("Subject: ");
    expect(mail.taken[0]?.raw).toContain(`Message-ID: <`);

    await happen(migration, { kind: "incident-opened", actor: { kind: "worker", id: "w" }, addressed });
    await fanOut();
    const waiting = (await rows()).filter(({ state }) => state === "waiting");
    expect(waiting.map(({ recipient }) => recipient)).toContain(`person:${muted.actor.id}`);
    expect(waiting.map(({ recipient }) => recipient)).toContain(`person:${requester.actor.id}`);
  });
});

describe("a worker", () => {
  it("that dies between sending and writing is followed by a second try with the same id", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    await happen(migration);
    await fanOut();
    const { id } = await theRow();
    const dies = deliver(id, {
      reached: async (stage) => {
        if (stage === "sent") throw new TypeError("killed");
      },
    });
    await expect(dies).rejects.toThrow("killed");
    expect(await theRow()).toMatchObject({ state: "sending", attempts: 1 });
    expect(await deliver(id), "claimed").toBeNull();
    await dueNow(id);
    expect(await deliver(id)).toMatchObject({ outcome: "delivered" });
    expect(hook.received.map(({ headers }) => headers["lockstep-delivery"])).toEqual([id, id]);
    expect((await theRow()).tries.map(({ number, outcome }) => ({ number, outcome }))).toEqual([
      { number: 1, outcome: null },
      { number: 2, outcome: "delivered" },
    ]);
  });

  it("that freezes through its claim and wakes again changes nothing any more", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    await happen(migration);
    await fanOut();
    const { id } = await theRow();
    let wake = () => {};
    const frozen = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let answers = 0;
    hook.answer = (response) => void response.writeHead((answers += 1) === 1 ? 500 : 200).end();
    let isSent = () => {};
    const sent = new Promise<void>((resolve) => {
      isSent = resolve;
    });
    const first = deliver(id, {
      reached: async (stage) => {
        if (stage !== "sent") return;
        isSent();
        await frozen;
      },
    });
    await sent;
    await dueNow(id);
    await deliver(id);
    wake();
    await first;
    expect(await theRow()).toMatchObject({
      state: "delivered",
      attempts: 2,
      lastError: null,
      nextTryAt: null,
    });
  });

  it("that dies in the last try leaves a delivery that is given up and says so", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    await happen(migration);
    await fanOut();
    const { id } = await theRow();
    await database()
      .$executeRaw`UPDATE notification_delivery SET state = 'sending', attempts = attempts_allowed,
      next_try_at = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
    expect(await deliver(id)).toBeNull();
    const row = await theRow();
    expect(row.state).toBe("given-up");
    expect(row.lastError).toContain("died");
    expect(hook.received).toEqual([]);
  });
});

describe("worker processes", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** Its claims are longer than any pause of a busy machine, unless it is to be taken for dead soon. */
  async function startWorker(claimSeconds = 60): Promise<ChildProcess> {
    const script = path.join(import.meta.dirname, "testing-worker.ts");
    const child = spawn(process.execPath, [script, `${claimSeconds}`], {
      env: { ...process.env, DATABASE_URL: db.appUrl, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout ?? child, "data");
    return child;
  }

  it("take over from one that was killed between sending and writing, and tell nothing twice without need", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    let isSent = () => {};
    const sent = new Promise<void>((resolve) => {
      isSent = resolve;
    });
    hook.answer = () => isSent();
    const first = await startWorker(3);
    await happen(migration);
    await sent;
    first.kill("SIGKILL");
    await once(first, "exit");
    hook.answer = (response) => void response.writeHead(200).end();
    await Promise.all([startWorker(), startWorker()]);
    await expect
      .poll(async () => (await theRow()).state, { timeout: 60_000, interval: 300 })
      .toBe("delivered");
    const { id, tries } = await theRow();
    expect(hook.received.map(({ headers }) => headers["lockstep-delivery"])).toEqual([id, id]);
    expect(tries.map(({ outcome }) => outcome)).toEqual([null, "delivered"]);
  }, 90_000);

  it("share many deliveries, each told once", async () => {
    hook = await startHookSink();
    await addHook(hook.url);
    await Promise.all([startWorker(), startWorker()]);
    for (let index = 0; index < 40; index += 1) await happen(migration);
    await expect
      .poll(async () => (await rows()).filter(({ state }) => state === "delivered").length, {
        timeout: 60_000,
        interval: 300,
      })
      .toBe(40);
    const told = hook.received.map(({ headers }) => headers["lockstep-delivery"]);
    expect(told).toHaveLength(40);
    expect(new Set(told).size).toBe(40);
  }, 90_000);
});
