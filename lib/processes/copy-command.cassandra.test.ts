import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createEmptyDatabase } from "#lib/db/testing.ts";
import { createTestKeyspace, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import { copyAsJson, type Line } from "#lib/processes/testing-copy.ts";
import { restoreGolden, run } from "#lib/stores/postgres/testing.ts";

// Each makes dozens of tables on Cassandra.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-copy-cassandra-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

type Side = {
  readonly place: string;
  readonly password: string | null;
  readonly pems: readonly (readonly [string, string])[];
};

/** Runs `copy run` between two sides, with passwords from the environment alone. */
async function copy(stateDir: string, from: Side, to: Side) {
  const env = {
    ...(from.password === null ? {} : { LOCKSTEP_SOURCE_PASSWORD: from.password }),
    ...(to.password === null ? {} : { LOCKSTEP_DESTINATION_PASSWORD: to.password }),
  };
  const given = (["source", "destination"] as const).flatMap((which) => {
    const { place, pems } = which === "source" ? from : to;
    return [`--${which}`, place, ...pems.flatMap(([kind, file]) => [`--${which}-${kind}`, file])];
  });
  const state = path.join(folder, stateDir);
  return copyAsJson(folder, ["run", ...given, "--state-dir", state, "--yes"], { env });
}

function postgresSide(url: string): Side {
  return { place: url, password: null, pems: [] };
}

/** The keyspace, by URL or by an AtlasDB file that leaves the password to the environment; without a data centre. */
async function cassandraSide({ server, name }: TestKeyspace, by: "url" | "file"): Promise<Side> {
  const { host, port, tls, username, password } = server;
  const keep = async (kind: string, text: string) => {
    const place = path.join(folder, `${name}-${kind}`);
    await writeFile(place, text, { mode: 0o600 });
    return [kind, place] as const;
  };
  const pems =
    tls === null
      ? []
      : await Promise.all([keep("ca", tls.ca), keep("cert", tls.client.cert), keep("key", tls.client.key)]);
  if (by === "url") {
    const mode = tls === null ? "disable" : "verify-full";
    return { place: `cassandra://${username}@${host}:${port}/${name}?tls=${mode}`, password, pems };
  }
  const [, place] = await keep(
    "install.yml",
    `server: {port: 8443}
atlasdb:
  namespace: ${name}
  keyValueService:
    type: cassandra
    servers: {type: cqlCapable, thriftHosts: ['${host}:9160'], cqlHosts: ['${host}:${port}']}
    credentials: {username: ${username}, password: "\${SECRET}"}
    replicationFactor: 1
${tls === null ? "    ssl: false\n" : "    sslConfiguration: {trustStorePath: trust.jks}\n"}`,
  );
  return { place, password, pems };
}

test("the golden store goes from Postgres to Cassandra 2.2.18, to 5.0.6 and back, by URL and by file", async () => {
  const [source, back] = [await createEmptyDatabase(), await createEmptyDatabase()];
  const old = await createTestKeyspace("2.2.18", "network");
  const current = await createTestKeyspace("5.0.6", "network");
  try {
    await restoreGolden(source.superuserUrl, "source");
    const first = postgresSide(source.superuserUrl);
    const tooLong = await copy("refused", first, await cassandraSide(old, "url"));
    expect(tooLong).toMatchObject({ code: 1, result: { failed: "assess", x: null } });
    expect(tooLong.result["message"]).toMatch(/cannot hold all tables/);

    await run(
      source.superuserUrl,
      "DROP TABLE app__a_table_with_a_really_long_name_that_goes_past_every_limit",
      "DELETE FROM _metadata WHERE table_name LIKE 'app.a_table_with_a_really_long_name%'",
    );
    const results: Line[] = [];
    const pairs = [
      [first, await cassandraSide(old, "url")],
      [await cassandraSide(old, "file"), await cassandraSide(current, "file")],
      [await cassandraSide(current, "url"), postgresSide(back.superuserUrl)],
    ] as const;
    for (const [index, [from, to]] of pairs.entries()) {
      const { code, result } = await copy(`pair-${index}`, from, to);
      expect(result).toMatchObject({ ok: true, counts: { differences: 0n } });
      expect(code).toBe(0);
      results.push(result);
    }
    const cells = results.map((result) => (result["counts"] as Record<string, bigint>)["cells"]);
    expect(new Set(cells).size).toBe(1);
    // Each copy begins where the one before ended: its C is the next one's X.
    const ends = results.map((result) => [String(result["x"]), String(result["c"])]);
    expect(ends.slice(1).map(([x]) => x)).toEqual(ends.slice(0, -1).map(([, c]) => c));
  } finally {
    await old.drop();
    await current.drop();
    await source.drop();
    await back.drop();
  }
});
