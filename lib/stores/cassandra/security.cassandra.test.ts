import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AppError } from "#lib/errors.ts";
import { createTestKeyspace, TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import type { CassandraStoreConfigInput } from "#lib/stores/cassandra/schema.ts";
import { configFor, createTable, generationFor, writeValues } from "#lib/stores/cassandra/testing.ts";

const BOUND = 4_010_004n;

describe.each(TESTED_RELEASES)("who may do what on %s", (release) => {
  let keyspace: TestKeyspace;
  const role = `reader_${release.replaceAll(".", "_")}`;

  beforeAll(async () => {
    keyspace = await createTestKeyspace(release, "network");
    const { client, name } = keyspace;
    await createTable(client, name, generationFor(release));
    await client.execute(`CREATE ROLE IF NOT EXISTS ${role} WITH PASSWORD = 'reader' AND LOGIN = true`);
    await client.execute(`GRANT SELECT ON KEYSPACE ${name} TO ${role}`);
  });
  afterAll(async () => {
    await keyspace.client.execute(`DROP ROLE IF EXISTS ${role}`);
    await keyspace.drop();
  });

  const storeWith = (overrides: Partial<CassandraStoreConfigInput> = {}) =>
    cassandraBoundStore({ config: configFor(keyspace.server, keyspace.name, overrides) });

  const lastStage = async (overrides: Partial<CassandraStoreConfigInput>) =>
    (await storeWith(overrides).testConnection()).stages.at(-1);

  test("with everything on: the whole way from connection test to undo", async () => {
    await writeValues(keyspace.client, keyspace.name, { ts: "00000000003d3014" });
    const store = storeWith();
    const report = await store.testConnection();
    expect(report.ok).toBe(true);
    expect(report.facts).toContainEqual({ label: "Nodes up", value: "dc1: 1 of 1" });
    expect(report.facts).toContainEqual({
      label: "Replication",
      value: "NetworkTopologyStrategy (dc1: 1)",
    });
    const before = await store.readBound();
    const guard = { identity: before.identity, expected: before.state };
    expect(await store.invalidate(guard)).toMatchObject({ outcome: "applied" });
    const kept = { ...guard, expected: { state: "invalidated" as const, kept: BOUND } };
    expect(await store.restore(kept, BOUND)).toMatchObject({ outcome: "applied" });
    expect((await store.readBack()).map(({ state }) => state)).toEqual([before.state, before.state]);
  });

  test("a user without MODIFY is found before downtime, and the server refuses it without effect", async () => {
    await writeValues(keyspace.client, keyspace.name, { ts: "00000000003d3014" });
    const store = storeWith({ user: role, password: "reader" });
    const { findings } = await store.readRights();
    expect(findings.find(({ code }) => code === "rights")).toMatchObject({
      verdict: "blocking",
      message: expect.stringContaining("lacks MODIFY"),
    });
    const { identity, state } = await store.readBound();
    await expect(store.invalidate({ identity, expected: state })).rejects.toMatchObject({
      code: "permission-denied",
      effect: "none",
    });
    await keyspace.client.execute(`GRANT MODIFY ON KEYSPACE ${keyspace.name} TO ${role}`);
    expect((await store.readRights()).findings.find(({ code }) => code === "rights")).toMatchObject({
      verdict: "pass",
    });
    expect(await store.invalidate({ identity, expected: state })).toMatchObject({ outcome: "applied" });
    await keyspace.client.execute(`REVOKE MODIFY ON KEYSPACE ${keyspace.name} FROM ${role}`);
  });

  test.each<[string, Partial<CassandraStoreConfigInput>, string, string]>([
    ["a wrong password", { password: "wrong" }, "authentication", "authentication-failed"],
    ["no user", { user: undefined }, "authentication", "authentication-failed"],
    ["an unknown data centre", { localDataCenter: "dc9" }, "database", "data-centre-unknown"],
    ["a keyspace that is not there", { keyspace: "nowhere" }, "database", "keyspace-missing"],
    [
      "a name without an address",
      { contactPoints: [{ host: "nosuch.invalid", port: 9042 }] },
      "name look-up",
      "name-unknown",
    ],
    [
      "a closed port",
      { contactPoints: [{ host: "127.0.0.1", port: 1 }] },
      "connection",
      "connection-refused",
    ],
  ])("%s is named", async (_name, overrides, stage, code) => {
    const last = await lastStage(overrides);
    expect(last).toMatchObject({ stage, code, verdict: "failed" });
    expect(JSON.stringify(last)).not.toContain("wrong");
  });

  test("the next contact point is used where the first does not answer", async () => {
    const { host, port } = keyspace.server;
    const store = storeWith({
      contactPoints: [
        { host: "127.0.0.1", port: 1 },
        { host, port },
      ],
    });
    expect((await store.readBound()).server.port).toBe(port);
  });

  test("an address that the network rules deny is not connected to", async () => {
    const store = cassandraBoundStore({
      config: configFor(keyspace.server, keyspace.name),
      resolveAddress: async () => {
        throw new AppError("invalid", "This address is denied.");
      },
    });
    expect((await store.testConnection()).stages).toEqual([
      expect.objectContaining({ stage: "name look-up", code: "address-denied", verdict: "failed" }),
    ]);
  });

  test("sessions: everybody else's are shown, ours are counted", async () => {
    const sessions = await storeWith().readSessions();
    if (release === "2.2.18") {
      expect(sessions).toMatchObject({
        knowledge: "unknown",
        reason: expect.stringContaining("does not tell who is connected"),
      });
      return;
    }
    expect(sessions.knowledge).toBe("seen");
    if (sessions.knowledge === "unknown") return;
    expect(sessions.ownSessions).toBeGreaterThan(0);
    expect(sessions.sessions.length).toBeGreaterThan(0);
    for (const session of sessions.sessions) expect(session.application).not.toBe("lockstep");
    expect(sessions.sessions[0]).toMatchObject({ user: "cassandra", address: "127.0.0.1" });
  });
});

describe("TLS in both directions, on 5.0.6", () => {
  let keyspace: TestKeyspace;
  beforeAll(async () => {
    keyspace = await createTestKeyspace("5.0.6", "network");
  });
  afterAll(async () => keyspace.drop());

  const lastStage = async (tls: CassandraStoreConfigInput["tls"]) => {
    const config = configFor(keyspace.server, keyspace.name, { tls, requestTimeoutMs: 3_000 });
    return (await cassandraBoundStore({ config }).testConnection()).stages;
  };
  const files = () => {
    const { tls } = keyspace.server;
    if (tls === null) throw new Error("the server has no TLS");
    return tls;
  };

  test("a chain that is not known, a name that is not in it, and a mode without TLS are told apart", async () => {
    const { ca, client } = files();
    expect((await lastStage({ mode: "verify", ...client })).at(-1)).toMatchObject({
      stage: "TLS",
      code: "tls-untrusted",
    });
    expect(
      (await lastStage({ mode: "verify", ca, ...client, serverName: "other.test" })).at(-1),
    ).toMatchObject({
      stage: "TLS",
      code: "tls-name-mismatch",
    });
    expect((await lastStage({ mode: "off" })).at(-1)).toMatchObject({ verdict: "failed" });
  });

  test("without certificate, or with a stranger's, the node refuses us", async () => {
    const { ca, stranger } = files();
    for (const tls of [
      { mode: "verify" as const, ca },
      { mode: "verify" as const, ca, cert: stranger.cert, key: stranger.key },
    ]) {
      expect((await lastStage(tls)).at(-1)).toMatchObject({
        verdict: "failed",
        stage: expect.stringMatching(/TLS|connection/),
      });
    }
  });

  test("require encrypts without looking at the name, and says that it is weak", async () => {
    const { client } = files();
    const stages = await lastStage({ mode: "require", ...client });
    expect(stages.find(({ stage }) => stage === "TLS")).toMatchObject({ verdict: "warning" });
    expect(stages.every(({ verdict }) => verdict !== "failed")).toBe(true);
  });

  test("text that is no certificate is named as ours", async () => {
    expect((await lastStage({ mode: "verify", ca: "-----BEGIN CERTIFICATE-----" })).at(-1)).toMatchObject({
      stage: "TLS",
      code: "tls-failed",
      message: expect.stringContaining("not a certificate in PEM form"),
    });
  });
});
