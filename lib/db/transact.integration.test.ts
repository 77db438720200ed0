import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const subject = { kind: "person", id: null, name: "Ada" };
const allowed = async () => {};
let before: bigint;
const countSince = async () => (await database().auditEntry.count()) - Number(before);
beforeEach(async () => {
  before = BigInt(await database().auditEntry.count());
});

describe("transact", () => {
  it("does the work and records it, with marks deciding what the row keeps", async () => {
    const value = await transact(
      systemContext,
      {
        action: "redeem-password-link",
        subject,
        input: { token: "t".repeat(43), password: "a secret password" },
        allow: allowed,
        conclude: (email: string) => ({ subject: { ...subject, id: email }, outcome: { sessionsEnded: 2 } }),
      },
      async (tx) => {
        const person = await tx.person.create({ data: { name: "Ada", email: "ada@example.com" } });
        return person.email;
      },
    );
    expect(value).toBe("ada@example.com");
    const entry = await lastEntry();
    expect(entry).toMatchObject({
      action: "redeem-password-link",
      result: "done",
      subjectId: "ada@example.com",
      actorKind: "system",
      input: { token: "[hidden]", password: "[hidden]" },
      outcome: { sessionsEnded: 2 },
    });
    expect(entry.canonicalText).not.toContain("secret");
  });

  it("undoes the work when it fails, and records the failure by its class only", async () => {
    const failing = transact(systemContext, { action: "sign-out", subject, allow: allowed }, async (tx) => {
      await tx.person.create({ data: { name: "Bob", email: "bob@example.com" } });
      throw new TypeError("has a secret in it");
    });
    await expect(failing).rejects.toThrow(TypeError);
    expect(await database().person.count({ where: { email: "bob@example.com" } })).toBe(0);
    expect(await lastEntry()).toMatchObject({ result: "failed", outcome: { error: "TypeError" } });
    expect(await countSince()).toBe(1);
  });

  it("undoes the work when its audit row cannot be written", async () => {
    const failing = transact(
      { ...systemContext, actor: { kind: "robot" as "system", id: "x" } },
      { action: "sign-out", subject, allow: allowed },
      async (tx) => tx.person.create({ data: { name: "Eve", email: "eve@example.com" } }),
    );
    await expect(failing).rejects.toMatchObject({ code: "unavailable" });
    expect(await database().person.count({ where: { email: "eve@example.com" } })).toBe(0);
    expect(await countSince()).toBe(0);
  });

  it("records a refusal as denied and does nothing", async () => {
    const viewer = await makePerson("Vera", [{ role: "viewer" }]);
    let ran = false;
    const refused = transact(
      viewer,
      {
        action: "sign-out",
        subject,
        allow: async (tx) => requireRole(tx, viewer, ["administrator"], null),
      },
      async () => {
        ran = true;
      },
    );
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    expect(ran).toBe(false);
    expect(await lastEntry()).toMatchObject({
      result: "denied",
      actorId: viewer.actor.id,
      subjectName: "Ada",
    });
    expect(await countSince()).toBe(1);
  });

  it("does not record what is merely stale or wrong", async () => {
    const stale = transact(
      systemContext,
      {
        action: "sign-out",
        subject,
        allow: async () => {
          throw new AppError("stale", "Changed meanwhile.");
        },
      },
      async () => {},
    );
    await expect(stale).rejects.toMatchObject({ code: "stale" });
    expect(await countSince()).toBe(0);
  });

  it("refuses to be nested", async () => {
    const nested = transact(systemContext, { action: "sign-out", subject, allow: allowed }, async () =>
      transact(systemContext, { action: "sign-out", subject, allow: allowed }, async () => 1),
    );
    await expect(nested).rejects.toThrow(InvariantError);
  });

  it("gives up with a conflict when a lock stays taken", async () => {
    const person = await makePerson("Lock");
    const act = { action: "sign-out", subject, allow: allowed } as const;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let locked: () => void = () => {};
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const holder = transact(systemContext, act, async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM person WHERE id = ${person.actor.id}::uuid FOR UPDATE`;
      locked();
      await held;
    });
    await isLocked;
    const waiter = transact(
      systemContext,
      act,
      async (tx) => tx.$queryRaw`SELECT 1 FROM person WHERE id = ${person.actor.id}::uuid FOR UPDATE`,
    );
    await expect(waiter).rejects.toMatchObject({ code: "conflict" });
    release();
    await holder;
  });

  it("keeps one chain under many writers", async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () =>
        transact(systemContext, { action: "sign-out", subject, allow: allowed }, async () => {}),
      ),
    );
    const rows = await database().auditEntry.findMany({ orderBy: { sequence: "asc" } });
    for (const [index, row] of rows.entries()) {
      expect(row.sequence).toBe(BigInt(index + 1));
      expect(row.previousHash).toBe(index === 0 ? "0".repeat(64) : rows[index - 1]?.hash);
    }
  });
});
