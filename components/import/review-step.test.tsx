import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";

import { ReviewStep } from "#components/import/review-step.tsx";
import { readImport } from "#lib/atlasdb/import-configuration.ts";
import type { KnownInventory } from "#lib/atlasdb/import-match.ts";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: () => {}, refresh: () => {} }) }));

const environmentId = "7a0d6f2e-4e0f-4a54-9f0b-0a6f3c1d2e3f";
const INSTALL = `atlasdb:
  namespace: app
  keyValueService:
    type: relational
    namespace: app
    ddl: {type: postgres}
    connection: {type: postgres, host: db1, port: 5432, dbName: db, dbLogin: u, dbPassword: s3cret}
  timelock:
    serversList:
      servers: [https://tl-1:8421]
      sslConfiguration: {trustStorePath: t.jks}
`;
const NOTHING: KnownInventory = { stores: [], clusters: [], services: [] };
const KNOWN: KnownInventory = {
  stores: [
    {
      id: "s",
      name: "the known store",
      environmentId,
      kind: "postgres",
      addresses: ["db1:5432"],
      database: "db",
      tablePrefix: "",
    },
  ],
  clusters: [
    { id: "c", name: "the known cluster", environmentId, basePath: "", addresses: ["https://tl-1:8421"] },
  ],
  services: [
    { id: "x", name: "the known service", environmentId, storeId: "s", clusterId: "c", namespace: "app" },
  ],
};

function shown(install: string, known = NOTHING, administers = true): string {
  const reading = readImport([{ name: "node-1", files: { install: { text: install }, runtime: null } }]);
  if (!reading.ok) throw new Error("not read");
  return renderToStaticMarkup(
    <ReviewStep
      proposal={reading.proposal}
      environment={{ id: environmentId, name: "e", administers }}
      known={known}
      save={async () => ({ ok: true, value: { id: "x" } })}
      onBack={() => {}}
    />,
  );
}

function mayImport(page: string): boolean {
  const [button] = /<button type="submit"[^>]*>/.exec(page) ?? [];
  if (button === undefined) throw new Error("no button");
  return !button.includes('aria-disabled="true"');
}

describe("the review", () => {
  test("shows each value with its line, and the password in its own field only", () => {
    const page = shown(INSTALL);
    expect(page).toContain("node-1, install file, line 7");
    expect(page).toContain("Read, not shown");
    expect(page.match(/s3cret/g)).toEqual(["s3cret"]);
    expect(page).toMatch(/type="password"[^>]*value="s3cret"|value="s3cret"[^>]*type="password"/);
    expect(page).toContain("keytool -list -rfc -keystore t.jks");
    expect(mayImport(page)).toBe(true);
  });

  test("uses what is there already, and names who shares it", () => {
    const page = shown(INSTALL, KNOWN, false);
    expect(page).toContain("the known store has the address that the files name.");
    expect(page).toContain("uses this namespace of this TimeLock cluster");
    expect(page).not.toContain("Name of the store");
    expect(page).not.toContain("s3cret");
    expect(mayImport(page)).toBe(true);
  });

  test("keeps an operator from adding a store, and anybody from overlooking what AtlasDB refuses", () => {
    const forbidden = shown(INSTALL, NOTHING, false);
    expect(forbidden).toContain("takes an administrator of this environment");
    expect(mayImport(forbidden)).toBe(false);
    const refused = shown(INSTALL.replace("sslConfiguration: {trustStorePath: t.jks}", "x: 1"));
    expect(refused).toContain("serversList has no sslConfiguration");
    expect(refused).toContain("tick the box above the button");
    expect(mayImport(refused)).toBe(false);
  });

  test.each([
    ["Cassandra", "keyValueService:\n    type: cassandra\n    servers: [c1:9160]", "nodetool status"],
    [
      "Oracle",
      "keyValueService:\n    type: relational\n    ddl: {type: oracle}\n    connection: {type: oracle, sid: X}",
      "Oracle is done by hand",
    ],
    ["no store", "x: 1", "There is no keyValueService block"],
  ])("of %s", (_name, store, words) => {
    expect(shown(INSTALL.replace(/keyValueService:[\s\S]*?s3cret}/, store))).toContain(words);
  });
});
