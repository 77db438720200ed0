import { globSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { ask, hashOf, makeTeam } from "#lib/approvals/testing-team.ts";
import { AUDITED_ACTIONS, type AuditedAction } from "#lib/audit/actions.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { importServiceInput } from "#lib/inventory/import-schema.ts";
import { inNewSession, lastEntry, useTestDatabase } from "#lib/people/testing.ts";
import { almighty, makeToken } from "#lib/tokens/testing.ts";

const LIB = path.join(import.meta.dirname, "..");
const ACTIONS = Object.keys(AUDITED_ACTIONS) as AuditedAction[];

/** Acts of the worker inside other acts, which take no input: `transact` alone is asked. */
const INNER: readonly string[] = ["record-outcome", "open-incident", "end-watch", "expire-approval"];
/** Verbs that share the file of another. */
const ELSEWHERE: Readonly<Record<string, string>> = { "remove-sandbox-people": "ensure-sandbox-people" };
/** Verbs that do nothing here for anybody: there is no sandbox. */
const NOTHING_TO_DO: readonly string[] = ["ensure-sandbox-people", "remove-sandbox-people"];
/** What a token must be told it may not do, whatever else is wrong; other verbs may find a wrong input first. */
const ACTS: readonly AuditedAction[] = [
  "create-migration",
  "run-step",
  "attest",
  "submit-configuration",
  "record-smoke-test",
  "skip-step",
  "undo-step",
  "settle",
  "abandon-migration",
  "set-policy",
  "request-approval",
  "decide-approval",
  "withdraw-approval",
  "break-glass",
  "set-freeze",
  "add-window",
  "grant-role",
  "revoke-role",
  "create-person",
  "create-recovery-link",
  "create-token",
  "revoke-token",
  "update-store",
  "update-cluster",
  "archive-environment",
];
/** Verbs of the sign-in that take the token of a challenge before their input, or the provider's answer instead of it. */
const WITH_CHALLENGE: readonly string[] = ["complete-sign-in", "complete-sign-in-with-passkey"];
const WITH_PROVIDER: readonly string[] = ["sign-in-with-oidc", "confirm-identity-with-oidc"];

/** Verbs that take more than what their audit row says of it. */
const SUMMED_UP: Readonly<Record<string, z.ZodType>> = { "import-service": importServiceInput };

const REFUSALS = /^(forbidden|unauthenticated|not-found|invalid|conflict|unavailable)$/;

let close: () => Promise<void>;
let token: Context;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  const team = await makeTeam();
  const owner = await inNewSession(await almighty());
  const other = await inNewSession(await almighty());
  const { id: tokenId, context } = await makeToken(owner, { scopes: ["read", "propose"] });
  const grant = await database().roleGrant.findFirstOrThrow({ where: { personId: other.actor.id } });
  token = { ...context, sessionId: owner.sessionId };
  ids = {
    ...team.scenario.parts,
    destinationStoreId: team.scenario.destination.id,
    migrationId: team.id,
    requestId: await ask(team),
    planHash: await hashOf(team.id),
    unit: "fast-forward",
    personId: other.actor.id,
    sessionId: other.sessionId,
    grantId: grant.id,
    tokenId,
    stepId: "assess",
    runbook: "to-timelock",
    namespace: "orders",
  };
});
afterAll(async () => close());

it.each(ACTIONS)("the transaction of %s is closed to tokens before anything is asked", async (action) => {
  const reached: string[] = [];
  const run = transact(
    token,
    { action, subject: { kind: "test", id: null, name: "test" }, allow: async () => reached.push("allow") },
    async () => reached.push("act"),
  );
  await expect(run).rejects.toMatchObject({ code: "forbidden" });
  expect(reached).toEqual([]);
  expect(await lastEntry()).toMatchObject({
    action,
    result: "denied",
    actorKind: "token",
    actorName: "nightly report (token of Almighty)",
  });
});

it("no verb does anything for a token, though its owner may do everything", async () => {
  const before = await snapshot();
  const verbs = ACTIONS.filter((action) => !INNER.includes(action));
  for (const action of verbs) {
    const verb = await verbOf(action);
    const refused = await verb(token, ...argumentsOf(action)).then(
      () => "did nothing",
      (error: unknown) => (error instanceof AppError ? error.code : error),
    );
    const expected = NOTHING_TO_DO.includes(action) ? "did nothing" : expect.stringMatching(REFUSALS);
    expect.soft(refused, action).toEqual(ACTS.includes(action) ? "forbidden" : expected);
  }
  expect(verbs.length).toBeGreaterThan(60);
  expect(await snapshot()).toEqual(before);
  const done = await database().auditEntry.count({
    where: { actorKind: "token", result: { not: "denied" } },
  });
  expect(done).toBe(0);
}, 120_000);

type Verb = (ctx: Context, ...rest: unknown[]) => Promise<unknown>;

/** Verbs are files of their name: that is what makes this list complete. */
async function verbOf(action: string): Promise<Verb> {
  const name = action.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
  const files = globSync(`*/${ELSEWHERE[action] ?? action}.ts`, { cwd: LIB });
  const modules = await Promise.all(
    files.map(async (file) => (await import(path.join(LIB, file))) as Readonly<Record<string, unknown>>),
  );
  const verb = modules.map((module) => module[name]).find((one) => one !== undefined);
  if (typeof verb !== "function") throw new Error(`no file ${action}.ts in lib exports ${name}`);
  return verb as Verb;
}

function argumentsOf(action: AuditedAction): readonly unknown[] {
  const challenge = "x".repeat(43);
  if (WITH_PROVIDER.includes(action))
    return [challenge, new URLSearchParams({ code: "x", state: "x" }), null];
  if (WITH_CHALLENGE.includes(action)) return [challenge, sampleOf(action), null];
  return [sampleOf(action), "none", null];
}

/** Every row of every table but the audit log and the count of failed sign-ins. */
async function snapshot(): Promise<Readonly<Record<string, string | null>>> {
  const tables = await database().$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
      AND table_name NOT IN ('_prisma_migrations', 'sign_in_throttle')`;
  const found: Record<string, string | null> = {};
  for (const { name } of tables) {
    const rows = await database().$queryRawUnsafe<{ hash: string | null }[]>(
      `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash FROM public."${name}" t`,
    );
    found[name] = rows[0]?.hash ?? null;
  }
  return found;
}

/** Plausible input: identifiers of what is there, and the least that the schema takes of everything else. */
function sampleOf(action: AuditedAction): unknown {
  const schema = z.toJSONSchema(SUMMED_UP[action] ?? AUDITED_ACTIONS[action].input, {
    io: "output",
    unrepresentable: "any",
  });
  const thing = /-(cluster|store|service)\b/.exec(action)?.[1] ?? "environment";
  return valueOf("", schema, ids[`${thing}Id`]);
}

function valueOf(name: string, schema: z.core.JSONSchema._JSONSchema, ownId = ids["environmentId"]): unknown {
  if (typeof schema === "boolean") return null;
  const known = name === "id" ? ownId : ids[name];
  const one = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema.allOf?.[0];
  if (known !== undefined) return known;
  if (one !== undefined) return valueOf(name, one, ownId);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, value]) => [key, valueOf(key, value, ownId)]),
      );
    case "array":
      return [];
    case "string":
      return schema.format === "uuid" ? ids["environmentId"] : "x".repeat(Math.max(schema.minLength ?? 1, 1));
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return false;
    default:
      return null;
  }
}
