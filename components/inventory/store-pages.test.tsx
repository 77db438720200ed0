import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";

import { OraclePanel } from "#components/inventory/oracle-panel.tsx";
import { StoreDetails } from "#components/inventory/store-details.tsx";
import { StoreForm } from "#components/inventory/store-form.tsx";
import { StoresTable } from "#components/inventory/stores-table.tsx";
import { UncertainPanel } from "#components/migrations/uncertain-panel.tsx";
import { TooltipProvider } from "#components/ui/tooltip.tsx";
import { storeDto, type StoreDto } from "#lib/inventory/schema.ts";
import type { ReactNode } from "react";

vi.mock("next/navigation", () => ({
  useRouter: () => ({ push: () => undefined, refresh: () => undefined }),
}));

const ID = "3f8a1a55-6a0a-4c29-9d2e-2b1f4f0d7f10";
const text = (node: ReactNode) =>
  renderToStaticMarkup(<TooltipProvider>{node}</TooltipProvider>).replaceAll(/<[^>]*>/g, " ");

function store(connection: StoreDto["connection"], change: Partial<StoreDto> = {}): StoreDto {
  return storeDto.parse({
    id: ID,
    environment: { id: ID, name: "Production", tier: "production", colour: "red" },
    name: "orders",
    connection,
    tablePrefix: connection.kind === "oracle" ? "a_" : "",
    schema: null,
    password: { isSet: false, setAt: null },
    clientKey: { isSet: false, setAt: null },
    identity: null,
    identityPinnedAt: null,
    services: [],
    archivedAt: null,
    version: 1,
    ...change,
  });
}

const CASSANDRA = store({
  kind: "cassandra",
  contactPoints: [
    { host: "cassandra-1", port: 9042 },
    { host: "cassandra-2", port: 9142 },
  ],
  localDataCentre: "dc1",
  keyspace: "orders",
  user: null,
  tlsMode: "verify-full",
  serverName: "cassandra.example.com",
  caCertificates: null,
  clientCertificate: null,
});
const ORACLE = store({
  kind: "oracle",
  host: "db-1",
  port: 1521,
  naming: "sid",
  database: "ORCL",
  user: "app",
});

describe("the page of a store", () => {
  test("of Cassandra shows every contact point, data centre and keyspace", () => {
    const page = text(<StoreDetails store={CASSANDRA} />);
    for (const word of [
      "Cassandra",
      "cassandra-1:9042",
      "cassandra-2:9142",
      "dc1",
      "orders",
      "cassandra.example.com",
    ])
      expect(page).toContain(word);
    expect(page).toContain("The first connection test that succeeds pins");
    expect(page).not.toContain("Table prefix");
  });

  test("of Oracle names the SID, says that no password is kept, and how it is pinned", () => {
    const page = text(<StoreDetails store={ORACLE} />);
    for (const word of ["Oracle", "SID", "ORCL", "a_", "never kept"]) expect(page).toContain(word);
    expect(page).toContain("paste its output");
  });

  test("of a pinned Oracle store says that it was pasted, and what is hidden", () => {
    const identity = {
      kind: "oracle",
      system: null,
      database: "ORCL",
      schema: "APP",
      table: "A__TIMESTAMP",
      tableId: "73645",
    } as const;
    const page = text(
      <StoreDetails store={{ ...ORACLE, identity, identityPinnedAt: "2026-11-21T12:00:00.000Z" }} />,
    );
    for (const word of ["pinned, pasted", "DBID", "not told by the server", "A__TIMESTAMP", "73645"])
      expect(page).toContain(word);
  });

  test("of Oracle has the command in place of a test, and says that it was never tried", () => {
    const page = text(<OraclePanel command="sqlplus -S" pin={undefined} />);
    expect(page).toContain("Not tried");
    expect(page).toContain("no Oracle server to try these commands on");
    expect(page).toContain("sqlplus -S");
    expect(page).not.toContain("Pin what this shows");
    const own = {
      action: async () => ({ ok: true, value: undefined }) as const,
      seen: { id: ID, seenVersion: 1 },
    };
    expect(text(<OraclePanel command={null} pin={{ ...own, pinned: false }} />)).toContain(
      "Pin what this shows",
    );
  });

  test("the list tells kinds and pins apart", () => {
    const page = text(<StoresTable stores={[CASSANDRA, ORACLE]} />);
    for (const word of [
      "Cassandra",
      "Oracle",
      "cassandra-1:9042 and 1 more, keyspace orders",
      "not tested yet",
      "not pinned yet",
    ])
      expect(page).toContain(word);
  });
});

describe("the form of a store", () => {
  const action = async () => ({ ok: false, code: "invalid", message: "no", fields: {} }) as const;
  const form = (one: StoreDto) =>
    text(
      <StoreForm store={one} environments={[{ id: ID, name: "Production" }]} save={action} test={action} />,
    );

  test("has the fields of its kind, and a test only where Lockstep connects", () => {
    const cassandra = form(CASSANDRA);
    for (const word of [
      "Host of contact point 2",
      "Local data centre",
      "Keyspace",
      "Name in the certificates",
      "Test connection",
    ])
      expect(cassandra).toContain(word);
    expect(cassandra).not.toContain("verify-ca");
    expect(cassandra).not.toContain("Table prefix");
    const oracle = form(ORACLE);
    for (const word of ["Oracle is done by hand", "Service name or SID", "Table prefix"])
      expect(oracle).toContain(word);
    for (const word of ["Test connection", "Password", "TLS"]) expect(oracle).not.toContain(word);
  });

  test("of a new store begins with Postgres, and lets the kind be chosen first", () => {
    const page = text(
      <StoreForm environments={[{ id: ID, name: "Production" }]} save={action} test={action} />,
    );
    expect(page.indexOf("Kind")).toBeLessThan(page.indexOf("Environment"));
    for (const word of ["Postgres", "Cassandra", "Oracle", "Database", "verify-ca"])
      expect(page).toContain(word);
  });
});

test("an attempt that waits for hands says so, and offers no reading of ours", () => {
  const seen = { migrationId: ID, stepId: "invalidate", seenVersion: 1 };
  const settle = async () => ({ ok: true, value: undefined }) as const;
  const waiting = text(<UncertainPanel seen={seen} settle={settle} forbiddenBecause={null} byHand />);
  expect(waiting).toContain("waits for what is done by hand");
  expect(waiting).not.toContain("Read the system again");
  expect(
    text(<UncertainPanel seen={seen} settle={settle} forbiddenBecause={null} byHand={false} />),
  ).toContain("Read the system again");
});
