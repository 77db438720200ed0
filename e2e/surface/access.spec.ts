import { type APIRequestContext, type APIResponse, expect } from "@playwright/test";

import { ACTIONS, HANDLERS } from "#e2e/fixtures/access-table.ts";
import { test } from "#e2e/fixtures/console-test.ts";
import {
  type ActionPoint,
  filesWithInlineActions,
  routeHandlers,
  serverActions,
} from "#e2e/fixtures/entry-points.ts";
import { type World, filled, findWorld } from "#e2e/fixtures/world.ts";

const GARBAGE: readonly unknown[] = [
  undefined,
  null,
  [],
  "text",
  7,
  { unknown: true },
  { id: "not-an-id", seenVersion: "1" },
  { kind: ["reset"] },
  { id: { $ne: null } },
  "x".repeat(100_000),
];
const REFUSALS = ["forbidden", "not-found"];

/** The answer of an action, as it stands in Next's stream; null where there is none. */
async function answerOf(response: APIResponse): Promise<{ ok: boolean; code: string | null } | null> {
  const found = /"ok":(true|false)(?:,"code":"([a-z-]+)")?/.exec(await response.text());
  return found === null ? null : { ok: found[1] === "true", code: found[2] ?? null };
}

async function call(
  request: APIRequestContext,
  url: string,
  action: ActionPoint,
  world: World,
  input: unknown,
  headers: Readonly<Record<string, string>> = { origin: url },
) {
  if (action.build === null) throw new Error(`${action.name} is in no page of this build: remove it`);
  const page = action.build.pages.toSorted((a, b) => a.split("[").length - b.split("[").length)[0] ?? "/";
  const response = await request.post(url + filled(page, world), {
    data: JSON.stringify(input === undefined ? [] : [input]),
    maxRedirects: 0,
    headers: {
      ...headers,
      "next-action": action.build.id,
      "content-type": "text/plain;charset=UTF-8",
      accept: "text/x-component",
    },
  });
  return { status: response.status(), answer: await answerOf(response) };
}

const actions = serverActions();
const handlers = routeHandlers();

test("every server action and route handler has an expectation, and nothing else has", () => {
  expect(actions.map(({ name }) => name).toSorted()).toEqual(Object.keys(ACTIONS).toSorted());
  expect(handlers.map(({ name }) => name).toSorted()).toEqual(Object.keys(HANDLERS).toSorted());
  expect(filesWithInlineActions()).toEqual([]);
});

test("without a session, or from elsewhere, no action does anything", async ({
  playwright,
  running,
  pageAs,
}) => {
  const { url, dataDir } = running.launched;
  const world = await findWorld(dataDir);
  const nobody = await playwright.request.newContext();
  const administrator = (await pageAs("administrator")).request;
  for (const action of actions) {
    const expectation = ACTIONS[action.name];
    if (expectation === undefined) throw new Error(`${action.name} has no expectation`);
    const input = "refuses" in expectation ? expectation.refuses(world) : {};
    const stranger = await call(nobody, url, action, world, input);
    const isForVisitors = "everybody" in expectation && expectation.everybody === "visitor";
    const told = isForVisitors ? (expectation.empty ?? "invalid") : "unauthenticated";
    expect
      .soft(stranger.answer, `${action.name} without a session`)
      .toEqual(told === "answered" ? { ok: true, code: null } : { ok: false, code: told });
    for (const headers of [{ origin: "https://elsewhere.example" }, {}]) {
      const { answer } = await call(administrator, url, action, world, input, headers);
      expect.soft(answer?.ok ?? false, `${action.name} from ${JSON.stringify(headers)}`).toBe(false);
    }
  }
  await nobody.dispose();
});

test("with the wrong role, every action that changes something is refused", async ({ running, pageAs }) => {
  const { url, dataDir } = running.launched;
  const world = await findWorld(dataDir);
  const requests = {
    viewer: (await pageAs("viewer")).request,
    ungranted: (await pageAs("ungranted")).request,
  };
  for (const action of actions) {
    const expectation = ACTIONS[action.name];
    if (expectation === undefined || "everybody" in expectation) continue;
    const request = requests[expectation.to ?? "viewer"];
    const { answer } = await call(request, url, action, world, expectation.refuses(world));
    expect.soft(answer?.ok, action.name).toBe(false);
    expect.soft(REFUSALS, `${action.name} said ${answer?.code}`).toContain(answer?.code);
  }
});

test("garbage is told to be garbage, by every action and whoever sends it", async ({ running, pageAs }) => {
  const { url, dataDir } = running.launched;
  const world = await findWorld(dataDir);
  const { request } = await pageAs("administrator");
  for (const action of actions) {
    for (const garbage of GARBAGE) {
      const { answer, status } = await call(request, url, action, world, garbage);
      const what = `${action.name} with ${JSON.stringify(garbage)?.slice(0, 40)} (${status})`;
      expect.soft(answer, what).toEqual({ ok: false, code: "invalid" });
    }
  }
});

test("route handlers answer strangers, the ungranted and garbage as they should", async ({
  playwright,
  running,
  pageAs,
}) => {
  const { url, dataDir } = running.launched;
  const world = await findWorld(dataDir);
  const nobody = await playwright.request.newContext();
  const administrator = (await pageAs("administrator")).request;
  for (const { name, method } of handlers) {
    const expectation = HANDLERS[name];
    if (expectation === undefined) throw new Error(`${name} has no expectation`);
    if ("open" in expectation) continue;
    const path = expectation.path(world);
    const stranger = await nobody.fetch(url + path, { method, maxRedirects: 0 });
    expect.soft(stranger.status(), `${name} without a session`).toBe(401);
    expect.soft(stranger.headers()["cache-control"], name).toBe("no-store");
    if ("tokenOnly" in expectation) {
      for (const authorization of ["", "Bearer lks_x", `Bearer lks_${"0".repeat(49)}`, "Basic eDp4"]) {
        const headers = authorization === "" ? {} : { authorization };
        const signedIn = await administrator.fetch(url + path, { method, headers, maxRedirects: 0 });
        expect.soft(signedIn.status(), `${name} with a session and "${authorization}"`).toBe(401);
      }
      continue;
    }
    const ungranted = await (await pageAs("ungranted")).request.fetch(url + path, { method });
    expect
      .soft(expectation.withoutGrant, `${name} without a grant: ${ungranted.status()}`)
      .toContain(ungranted.status());
    for (const garbage of expectation.garbage) {
      const { status } = { status: (await administrator.fetch(url + garbage, { method })).status() };
      expect.soft([400, 404, 422], `${garbage}: ${status}`).toContain(status);
    }
    const granted = await administrator.fetch(url + path, { method });
    expect.soft([200, 404], `${name} with every right: ${granted.status()}`).toContain(granted.status());
  }
  await nobody.dispose();
});

test("open route handlers tell strangers nothing, and take garbage calmly", async ({
  playwright,
  running,
}) => {
  const nobody = await playwright.request.newContext({ baseURL: running.launched.url });
  for (const path of ["/api/health", "/api/health/live", "/api/health/ready"]) {
    const response = await nobody.get(path);
    expect.soft(response.status(), path).toBe(200);
    expect.soft(await response.text(), path).not.toMatch(/@|password|sandbox_|orders/i);
  }
  for (const path of [
    "/api/auth/sign-up/email",
    "/api/auth/get-session",
    "/api/auth/nothing/there",
    "/api/auth/%00",
  ]) {
    for (const method of ["GET", "POST"]) {
      const response = await nobody.fetch(path, { method, data: method === "POST" ? { a: 1 } : undefined });
      expect.soft(response.status(), `${method} ${path}`).toBeLessThan(500);
      const cookies = response.headersArray().filter(({ name }) => name.toLowerCase() === "set-cookie");
      expect.soft(cookies, `${method} ${path}`).toEqual([]);
    }
  }
  await nobody.dispose();
});
