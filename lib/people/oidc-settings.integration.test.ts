import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { testOidcProviderInput } from "#lib/people/schema.ts";
import { testOidcProvider } from "#lib/people/test-oidc-provider.ts";
import { oidcInput } from "#lib/people/testing-oidc.ts";
import { inNewSession, lastEntry, makePerson, useTestDatabase } from "#lib/people/testing.ts";
import { updateOidcSettings } from "#lib/people/update-oidc-settings.ts";

const ISSUER = "https://login.example.com";
let close: () => Promise<void>;
let root: Awaited<ReturnType<typeof administrator>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  root = await administrator();
});
afterAll(async () => close());

const administrator = async () => inNewSession(await makePerson("Root", [{ role: "administrator" }]));

describe("an issuer", () => {
  it.each([ISSUER, `${ISSUER}:8443/realms/staff`, "http://127.0.0.1:4000", "http://localhost/x"])(
    "may be %s",
    (issuer) => {
      expect(testOidcProviderInput.safeParse({ issuer }).success).toBe(true);
    },
  );

  it.each([
    "",
    "login.example.com",
    "http://login.example.com",
    `${ISSUER}?x=1`,
    `${ISSUER}#x`,
    "ftp://x.example.com",
    "https://a:b@x.example.com",
    "http://localhost.example.com",
  ])("may not be %j", (issuer) => {
    expect(testOidcProviderInput.safeParse({ issuer }).success).toBe(false);
  });
});

describe("the settings of the provider", () => {
  it("are an administrator's, freshly signed in, who saw the last ones; the secret is sealed and never shown", async () => {
    const input = { ...oidcInput(ISSUER), clientSecret: "" };
    const nobody = await inNewSession(await makePerson("Nobody", [{ role: "operator" }]));
    await expect(updateOidcSettings(nobody, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "update-oidc-settings", result: "denied" });
    await expect(testOidcProvider(nobody, { issuer: ISSUER })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(updateOidcSettings(root, { ...input, seenVersion: 1 })).rejects.toMatchObject({
      code: "stale",
    });
    const { sessionId: _none, ...sessionless } = root;
    await expect(updateOidcSettings(sessionless, input)).rejects.toMatchObject({
      code: "fresh-sign-in-required",
    });
    const strange = {
      ...input,
      rules: [{ claim: "x", value: "x", role: "viewer" as const, environmentId: randomUUID() }],
    };
    await expect(updateOidcSettings(await inNewSession(root), strange)).rejects.toMatchObject({
      code: "invalid",
    });
    await updateOidcSettings(await inNewSession(root), { ...input, clientSecret: "hush hush" });
    expect(await lastEntry()).toMatchObject({
      action: "update-oidc-settings",
      input: { clientSecret: "[hidden]", issuer: ISSUER },
    });
    const row = await database().oidcSettings.findUniqueOrThrow({ where: { id: "console" } });
    expect(row.sealedClientSecret).toMatch(/^v1\./);
    const next = { ...input, seenVersion: row.version };
    await updateOidcSettings(await inNewSession(root), next);
    const kept = await database().oidcSettings.findUniqueOrThrow({ where: { id: "console" } });
    expect(kept.sealedClientSecret).toBe(row.sealedClientSecret);
    await updateOidcSettings(await inNewSession(root), {
      ...next,
      seenVersion: kept.version,
      removeClientSecret: true,
    });
    const bare = await database().oidcSettings.findUniqueOrThrow({ where: { id: "console" } });
    expect(bare.sealedClientSecret).toBeNull();
  });
});
