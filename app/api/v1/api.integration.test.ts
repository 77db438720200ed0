import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { type Endpoint, ENDPOINTS } from "#lib/api/endpoints.ts";
import { openApiDocument } from "#lib/api/openapi.ts";
import { ask, makeTeam, type Team } from "#lib/approvals/testing-team.ts";
import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { clusterFields, SECRET, SECRET_PATTERN, serviceFields, storeFields } from "#lib/inventory/testing.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { restoreGolden } from "#lib/stores/postgres/testing.ts";
import { revokeToken } from "#lib/tokens/revoke-token.ts";
import type { CreateTokenInput } from "#lib/tokens/schema.ts";
import { almighty, makeToken } from "#lib/tokens/testing.ts";

vi.mock("server-only", () => ({}));

const FOLDER = import.meta.dirname;
const ENDPOINT_LIST = Object.values<Endpoint>(ENDPOINTS);
const uuid = "00000000-0000-4000-8000-000000000000";

let close: () => Promise<void>;
let timelock: SimulatedTimelock;
let store: TestDatabase;
let team: Team;
let owner: Context;
let secret: string;
let live: { readonly environmentId: string; readonly serviceId: string; readonly clusterId: string };
let parameters: Readonly<Record<string, string>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  timelock = await startSimulatedTimelock({ electionMs: 20, quorumWaitMs: 20 });
  store = await createEmptyDatabase();
  await restoreGolden(store.superuserUrl, "source");
  team = await makeTeam();
  live = await onRealSystems(team.environmentId);
  owner = await almighty();
  secret = await tokenOf(owner, { scopes: ["read", "propose"] });
  parameters = {
    ...team.scenario.parts,
    migrationId: team.id,
    requestId: await ask(team),
    serviceId: live.serviceId,
  };
});
afterAll(async () => {
  await timelock.close();
  await store.drop();
  await close();
});

/** A service whose store was written by AtlasDB, beside a TimeLock that speaks the protocol. */
async function onRealSystems(environmentId: string) {
  const { hostname: host, port, username: user, password } = new URL(store.superuserUrl);
  const connection = { host, port, user, password: decodeURIComponent(password), database: store.name };
  const made = await createStore(systemContext, storeFields(environmentId, connection));
  const nodes = timelock.urls.map((url) => ({ url, alias: "" }));
  const cluster = await createCluster(systemContext, clusterFields(environmentId, { nodes, token: SECRET }));
  const service = await createService(
    systemContext,
    serviceFields(environmentId, made.id, {
      nodes: [{ id: null, name: "orders-1", address: "", kind: "node" }],
    }),
  );
  return { environmentId, serviceId: service.id, clusterId: cluster.id };
}

async function tokenOf(person: Context, change: Partial<CreateTokenInput> = {}) {
  return (await makeToken(person, change)).secret;
}

type Options = {
  readonly token?: string | null;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: object;
};
type Handler = (request: Request, route: object) => Promise<Response>;

const fileOf = (endpoint: Endpoint) =>
  path.join(FOLDER, endpoint.path.replaceAll("{", "[").replaceAll("}", "]"), "route.ts");

/** Calls the route handler of an endpoint as Next does. */
async function call(endpoint: Endpoint, options: Options = {}): Promise<Response> {
  const exported = (await import(fileOf(endpoint))) as Readonly<Record<string, Handler>>;
  const handler = exported[endpoint.method];
  if (handler === undefined) throw new Error(`${fileOf(endpoint)} does not export ${endpoint.method}`);
  const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const params = Object.fromEntries(names.map((name) => [name, parameters[name] ?? ""]));
  const address = endpoint.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => parameters[name] ?? "");
  const token = options.token === undefined ? secret : options.token;
  const request = new Request(`http://console.test/api/v1${address}${options.query ?? ""}`, {
    method: endpoint.method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(endpoint.method === "POST" ? { "content-type": "application/json" } : {}),
      ...options.headers,
    },
    ...(endpoint.method === "POST" ? { body: bodyOf(options.body ?? proposal()) } : {}),
  });
  return handler(request, { params: Promise.resolve(params) });
}

const bodyOf = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body));
const proposal = () => ({
  serviceId: live.serviceId,
  clusterId: live.clusterId,
  runbook: "to-timelock",
  namespace: "orders",
});

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(openApiDocument(), "document");

/** What the document says is wrong with an answer; it must know the status and the content type. */
async function complaints(
  endpoint: Endpoint,
  response: Response,
  body: unknown,
): Promise<readonly unknown[]> {
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  const escaped = (text: string) => encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));
  const operation = `document#/paths/${escaped(endpoint.path)}/${endpoint.method.toLowerCase()}`;
  const code = (body as { code?: string }).code ?? "";
  const pointer = response.ok
    ? `${operation}/responses/${response.status}/content/${escaped(type)}/schema`
    : `document#/components/responses/${code}/content/${escaped(type)}/schema`;
  const validate = ajv.compile({ $ref: pointer });
  return validate(body) ? [] : (validate.errors ?? ["invalid"]);
}

describe("the document", () => {
  it("describes every route handler, and no other", () => {
    const handlers = globSync("**/route.ts", { cwd: FOLDER }).flatMap((file) => {
      const route = `/${path.dirname(file).replaceAll("[", "{").replaceAll("]", "}")}`;
      const text = readFileSync(path.join(FOLDER, file), "utf8");
      return [...text.matchAll(/^export (?:async )?(?:function|const) ([A-Z]+)\b/gm)].map(
        ([, method]) => `${method} ${route}`,
      );
    });
    const paths = openApiDocument()["paths"] as Readonly<Record<string, object>>;
    const documented = Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
    );
    expect(handlers.filter((one) => one !== "GET /openapi.json").toSorted()).toEqual(documented.toSorted());
    expect(handlers).toContain("GET /openapi.json");
    expect(documented.filter((one) => !one.startsWith("GET "))).toEqual(["POST /migrations/preview"]);
  });

  it("is served as it is, is sound, and shows no mark of ours", async () => {
    const { GET } = await import("#app/api/v1/openapi.json/route.ts");
    const text = await GET().text();
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    expect(text).not.toContain('"audit":"');
    const references = [...text.matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = ""]) => pointer);
    expect(references.length).toBeGreaterThan(0);
    for (const pointer of references) ajv.compile({ $ref: `document#${pointer}` });
    const ids = ENDPOINT_LIST.map(({ operationId }) => operationId);
    expect(ids).toEqual(Object.keys(ENDPOINTS));
  });

  it("has each parameter of a path in the input, and each path's parameters required", () => {
    for (const { path: route, input, method } of ENDPOINT_LIST) {
      for (const [, name = ""] of route.matchAll(/\{(\w+)\}/g))
        expect(Object.keys(input.shape), route).toContain(name);
      expect(["GET", "POST"]).toContain(method);
    }
  });
});

describe.each(ENDPOINT_LIST.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  "%s",
  (_name, endpoint) => {
    it("answers what the document says, to nobody's cache", async () => {
      const response = await call(endpoint);
      const text = await response.text();
      const body: unknown = JSON.parse(text);
      expect(response.status, text.slice(0, 500)).toBe(200);
      expect(await complaints(endpoint, response, body)).toEqual([]);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(text).not.toMatch(SECRET_PATTERN);
      expect(text).not.toMatch(/[:[,]\d{16,}/);
      if ("items" in (body as object)) expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
    }, 30_000);

    it("takes a token and nothing else", async () => {
      const cookie = { cookie: "lockstep.session_token=anything" };
      for (const options of [{ token: null }, { token: null, headers: cookie }, { token: `${secret}x` }]) {
        const response = await call(endpoint, options);
        const body: unknown = await response.json();
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(await complaints(endpoint, response, body)).toEqual([]);
      }
    });

    it("asks for its scope", async () => {
      const scopes = endpoint.scope === "read" ? (["propose"] as const) : (["read"] as const);
      const response = await call(endpoint, { token: await tokenOf(owner, { scopes: [...scopes] }) });
      const body: unknown = await response.json();
      expect(response.status).toBe(403);
      expect(await complaints(endpoint, response, body)).toEqual([]);
    });

    it("shows nothing to the token of somebody without a role", async () => {
      const response = await call(endpoint, {
        token: await tokenOf(await makePerson("Sam"), { scopes: ["read", "propose"] }),
      });
      const text = await response.text();
      if (response.ok && endpoint.path !== "/token") {
        expect(JSON.parse(text)).toEqual(
          endpoint.path === "/approvals" ? { items: [], reviews: [] } : { items: [] },
        );
      } else if (!response.ok) expect(response.status, text).toBe(403);
    });

    it("tells garbage to be garbage", async () => {
      const garbage: readonly Options[] =
        endpoint.method === "POST"
          ? [
              { body: "{" },
              { body: "[]" },
              { body: { ...proposal(), more: 1 } },
              { body: `"${"x".repeat(70_000)}"` },
            ]
          : [{ query: "?unknown=1" }, { query: "?constructor=1" }, { query: "?a=1&a=2" }];
      for (const options of garbage) {
        const response = await call(endpoint, options);
        const body: unknown = await response.json();
        expect(response.status, JSON.stringify(options).slice(0, 80)).toBe(422);
        expect(await complaints(endpoint, response, body)).toEqual([]);
      }
    });
  },
);

describe("the API", () => {
  it("says what is wrong with a parameter, and what is not there", async () => {
    const response = await call(ENDPOINTS.listMigrations, { query: "?state=nonsense" });
    expect(await response.json()).toMatchObject({
      code: "invalid",
      status: 422,
      fields: { state: expect.any(String) },
    });
    const { migrationId } = parameters;
    parameters = { ...parameters, migrationId: uuid };
    const missing = await call(ENDPOINTS.getMigration);
    parameters = { ...parameters, migrationId: migrationId ?? "" };
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });

  it("pages through the audit log by key, without gap or double", async () => {
    const sequences: string[] = [];
    for (let query = "", pages = 0; pages < 100; pages += 1) {
      const page = (await (await call(ENDPOINTS.listAuditEntries, { query })).json()) as {
        entries: { sequence: string }[];
        olderBefore: string | null;
      };
      sequences.push(...page.entries.map(({ sequence }) => sequence));
      if (page.olderBefore === null) break;
      query = `?before=${page.olderBefore}`;
    }
    const first = BigInt(sequences[0] ?? 0);
    expect(sequences).toEqual(sequences.map((_one, index) => `${first - BigInt(index)}`));
    expect(sequences.at(-1)).toBe("1");
  });

  it("reads a bound as a decimal string, and changes nothing by reading or proposing", async () => {
    const acted = async () => [
      await database().auditEntry.count(),
      await database().migration.count(),
      timelock.storedBound("orders"),
    ];
    const before = await acted();
    expect(before.at(-1)).toBeNull();
    const status: unknown = await (await call(ENDPOINTS.getServiceStatus)).json();
    expect(status).toMatchObject({
      state: "embedded",
      bound: { state: "readable", bound: expect.stringMatching(/^\d+$/) },
    });
    const proposed: unknown = await (await call(ENDPOINTS.proposeMigration)).json();
    expect(proposed).toMatchObject({
      canCreate: true,
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      planAt: expect.stringContaining(`/migrations/new?service=${live.serviceId}`),
    });
    expect(await acted()).toEqual(before);
  });

  it("stops a token that asks too much, and no other", async () => {
    const busy = await tokenOf(owner);
    const { id } = (await (await call(ENDPOINTS.getToken, { token: busy })).json()) as { id: string };
    await database().apiToken.update({ where: { id }, data: { windowSpent: 295 } });
    const response = await call(ENDPOINTS.getServiceStatus, { token: busy });
    const body: unknown = await response.json();
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
    expect(await complaints(ENDPOINTS.getServiceStatus, response, body)).toEqual([]);
    const cheap = await call(ENDPOINTS.listServices, { token: busy });
    expect([cheap.status, cheap.headers.get("ratelimit-remaining")]).toEqual([200, "4"]);
    expect((await call(ENDPOINTS.listServices)).status).toBe(200);
  });

  it("ends with the revocation, and narrows with the owner's roles", async () => {
    const { environmentId } = live;
    const person = await makePerson("Vera", [{ role: "viewer", environmentId }]);
    const { id, secret: token } = await makeToken(person, { environmentIds: [environmentId] });
    const services = async () =>
      (await call(ENDPOINTS.listServices, { token })).json() as Promise<{ items?: unknown[] }>;
    expect((await services()).items?.length).toBeGreaterThan(0);
    expect((await call(ENDPOINTS.listAuditEntries, { token })).status).toBe(403);
    await database().roleGrant.deleteMany({ where: { personId: person.actor.id } });
    expect(await services()).toEqual({ items: [] });
    await revokeToken(person, { tokenId: id });
    expect((await call(ENDPOINTS.listServices, { token })).status).toBe(401);
  });
});
