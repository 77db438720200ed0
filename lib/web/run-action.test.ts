import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { runAction, runPublicAction } from "#lib/web/run-action.ts";
import { runRead } from "#lib/web/run-read.ts";

const request = vi.hoisted(() => ({ headers: new Headers(), refresh: vi.fn(), signedIn: vi.fn() }));
vi.mock("server-only", () => ({}));
vi.mock("next/cache", () => ({ refresh: request.refresh }));
vi.mock("next/headers", () => ({ headers: async () => request.headers }));
vi.mock("#lib/log.ts", () => ({ logFor: () => ({ error: () => {}, warn: () => {} }) }));
vi.mock("#lib/web/session.ts", () => ({ requireSignedIn: request.signedIn }));

const schema = z.strictObject({ name: z.string().min(1, "Enter a name.") });
const session = { sessionId: "s", person: { id: "p", name: "Ada", email: "a@b.c" }, endsAt: new Date() };
const context = { actor: { kind: "person", ...session.person }, sourceAddress: "10.0.0.1", requestId: "r1" };

beforeEach(() => {
  vi.stubEnv("LOCKSTEP_PUBLIC_URL", "https://console.example");
  request.headers = new Headers({
    origin: "https://console.example",
    "x-request-id": "r1",
    "x-lockstep-source-address": "10.0.0.1",
  });
  request.refresh.mockReset();
  request.signedIn.mockReset().mockResolvedValue({ context, session });
});

describe("an action", () => {
  it("hands the verb what was parsed and reads the page anew", async () => {
    const verb = vi.fn(async () => 7);
    expect(await runAction(schema, { name: "x" }, verb)).toEqual({ ok: true, value: 7 });
    expect(verb).toHaveBeenCalledWith(context, { name: "x" }, session);
    expect(request.refresh).toHaveBeenCalledOnce();
  });

  it.each([
    [
      "a foreign origin",
      () => request.headers.set("origin", "https://evil.example"),
      { name: "x" },
      "forbidden",
    ],
    ["no origin", () => request.headers.delete("origin"), { name: "x" }, "forbidden"],
    [
      "no session",
      () => request.signedIn.mockRejectedValue(new AppError("unauthenticated", "Sign in.")),
      { name: "x" },
      "unauthenticated",
    ],
    ["garbage", () => {}, "garbage", "invalid"],
    ["a field too many", () => {}, { name: "x", role: "administrator" }, "invalid"],
    ["a bad field", () => {}, { name: "" }, "invalid"],
  ])("never reaches the verb with %s", async (_what, arrange, raw, code) => {
    arrange();
    const verb = vi.fn(async () => 7);
    expect(await runAction(schema, raw, verb)).toMatchObject({ ok: false, code });
    expect(verb).not.toHaveBeenCalled();
  });

  it("gives refusals back as values, and keeps defects to itself", async () => {
    const refused = await runAction(schema, { name: "x" }, async () => {
      throw new AppError("stale", "Changed meanwhile.");
    });
    expect(refused).toEqual({ ok: false, code: "stale", message: "Changed meanwhile.", fields: {} });
    const broken = await runAction(schema, { name: "x" }, async () => {
      throw new TypeError("secret detail");
    });
    expect(broken).toMatchObject({ ok: false, code: "unexpected" });
    expect(JSON.stringify(broken)).not.toContain("secret");
    expect(request.refresh).toHaveBeenCalledTimes(2);
  });

  it("lets redirects pass", async () => {
    const redirect = Object.assign(new Error("NEXT_REDIRECT"), { digest: "NEXT_REDIRECT;replace;/x;307;" });
    const action = runAction(schema, { name: "x" }, async () => {
      throw redirect;
    });
    await expect(action).rejects.toBe(redirect);
  });

  it("of a visitor acts without any role, and from our own origin too", async () => {
    const verb = vi.fn(async () => 1);
    expect(await runPublicAction(schema, { name: "x" }, verb)).toEqual({ ok: true, value: 1 });
    const visitor = { actor: { kind: "system", id: "visitor" }, sourceAddress: "10.0.0.1", requestId: "r1" };
    expect(verb).toHaveBeenCalledWith(visitor, { name: "x" }, null);
    request.headers.delete("origin");
    expect(await runPublicAction(schema, { name: "x" }, verb)).toMatchObject({
      ok: false,
      code: "forbidden",
    });
    expect(verb).toHaveBeenCalledOnce();
  });
});

describe("a read", () => {
  it("answers JSON that nobody may store, and is no sign of life", async () => {
    const answer = await runRead(schema, { name: "x" }, async () => ({ value: "9007199254740993" }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({ value: "9007199254740993" });
    expect(request.signedIn).toHaveBeenCalledWith({ counts: false });
  });

  it.each([
    ["unauthenticated", 401],
    ["forbidden", 403],
    ["not-found", 404],
    ["invalid", 422],
    ["stale", 409],
    ["unavailable", 503],
  ] as const)("says %s with status %i", async (code, status) => {
    const answer = await runRead(schema, { name: "x" }, async () => {
      throw new AppError(code, "Words.");
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ code, message: "Words.", fields: {} });
  });

  it("refuses garbage before the question is asked", async () => {
    const question = vi.fn(async () => 1);
    expect((await runRead(schema, { other: 1 }, question)).status).toBe(422);
    expect(question).not.toHaveBeenCalled();
  });
});
