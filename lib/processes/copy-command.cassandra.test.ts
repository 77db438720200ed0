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

async function copy(stateDir: string, env: Record<string, string>, given: readonly string[]) {
  const state = path.join(folder, stateDir);
  return copyAsJson(folder, ["run", ...given, "--state-dir", state, "--yes"], { env });
}

/** The keyspace as a URL without password or data centre, and the files and the password that go with it. */
async function urlOf({ server, name }: TestKeyspace) {
  const { host, port, tls, username, password } = server;
  const url = `cassandra://${username}@${host}:${port}/${name}?tls=${tls === null ? "disable" : "verify-full"}`;
  if (tls === null) return { url, password, pems: [] };
  const file = async (kind: string, pem: string) => {
    const place = path.join(folder, `${name}-${kind}.pem`);
    await writeFile(place, pem, { mode: 0o600 });
    return [kind, place] as const;
  };
  const pems = await Promise.all([
    file("ca", tls.ca),
    file("cert", tls.client.cert),
    file("key", tls.client.key),
  ]);
  return { url, password, pems };
}

test.each(["2.2.18", "5.0.6"] as const)(
  "the golden store goes from Postgres to Cassandra %s and back, by URL, with a secret from the environment",
  async (release) => {
    const [source, back] = [await createEmptyDatabase(), await createEmptyDatabase()];
    const keyspace = await createTestKeyspace(release, "network");
    try {
      await restoreGolden(source.superuserUrl, "source");
      const { url, password, pems } = await urlOf(keyspace);
      const filesOf = (which: string) => pems.flatMap(([kind, file]) => [`--${which}-${kind}`, file]);

      const tooLong = await copy(`refused-${release}`, { LOCKSTEP_DESTINATION_PASSWORD: password }, [
        "--source",
        source.superuserUrl,
        "--destination",
        url,
        ...filesOf("destination"),
      ]);
      expect(tooLong).toMatchObject({ code: 1, result: { failed: "setup", x: null } });
      expect(tooLong.result["message"]).toMatch(/cannot hold all tables/);

      await run(
        source.superuserUrl,
        "DROP TABLE app__a_table_with_a_really_long_name_that_goes_past_every_limit",
        "DELETE FROM _metadata WHERE table_name LIKE 'app.a_table_with_a_really_long_name%'",
      );
      const there = await copy(`there-${release}`, { LOCKSTEP_DESTINATION_PASSWORD: password }, [
        "--source",
        source.superuserUrl,
        "--destination",
        url,
        ...filesOf("destination"),
      ]);
      expect(there.result).toMatchObject({ ok: true, counts: { differences: 0n } });
      const home = await copy(`home-${release}`, { LOCKSTEP_SOURCE_PASSWORD: password }, [
        "--source",
        url,
        ...filesOf("source"),
        "--destination",
        back.superuserUrl,
      ]);
      expect(home.result).toMatchObject({ ok: true, counts: { differences: 0n } });
      const cells = (result: Line) => (result["counts"] as Record<string, bigint>)["cells"];
      expect(cells(home.result)).toBe(cells(there.result));
      const [c, x] = [there.result["c"], home.result["x"]].map((value) => BigInt(String(value)));
      expect(x).toBe(c);
    } finally {
      await keyspace.drop();
      await source.drop();
      await back.drop();
    }
  },
);
