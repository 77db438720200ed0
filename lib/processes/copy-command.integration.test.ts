import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { encodeVarLong, toHex } from "#lib/atlasdb/encoding.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { copyCommand, type CopySurroundings } from "#lib/processes/copy-command.ts";
import { copyAsJson, isOf, surroundings } from "#lib/processes/testing-copy.ts";
import { restoreGolden, run, withSession } from "#lib/stores/postgres/testing.ts";
import { parseJson } from "#lib/timestamps/json.ts";

let source: TestDatabase;
let folder: string;
beforeAll(async () => {
  source = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-copy-"));
});
afterAll(async () => {
  await source.drop();
  await rm(folder, { recursive: true, force: true });
});

let destination: TestDatabase;
let stateDir: string;
let count = 0;
beforeEach(async () => {
  destination = await createEmptyDatabase();
  count += 1;
  stateDir = path.join(folder, `state-${count}`);
});
afterEach(async () => destination.drop());

/** AtlasDB's install file for a database, with something else in it. */
function yamlFor(url: string): string {
  const { hostname, port, pathname, username, password } = new URL(url);
  return `logging: {level: INFO}
atlasdb:
  namespace: ${pathname.slice(1)}
  keyValueService:
    type: relational
    ddl: {type: postgres}
    connection:
      type: postgres
      host: ${hostname}
      port: ${port}
      dbName: ${pathname.slice(1)}
      dbLogin: ${decodeURIComponent(username)}
      dbPassword: ${decodeURIComponent(password)}
      connectionParameters: {sslmode: disable}
`;
}

async function files(): Promise<readonly string[]> {
  const [from, to] = [path.join(folder, "old.yml"), path.join(folder, `new-${count}.yml`)];
  await writeFile(from, yamlFor(source.superuserUrl));
  await writeFile(to, yamlFor(destination.superuserUrl));
  return ["--source", from, "--destination", to, "--state-dir", stateDir, "--lanes", "2"];
}

async function copy(stage: string, more: readonly string[] = [], around: Partial<CopySurroundings> = {}) {
  return copyAsJson(folder, [stage, ...(await files()), ...more], around);
}

async function dump(url: string, relation: string, where = ""): Promise<readonly string[]> {
  return withSession(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(
      `SELECT encode(row_name, 'hex') || ' ' || encode(col_name, 'hex') || ' ' || ts || ' ' || encode(val, 'hex') AS line
       FROM ${relation} ${where} ORDER BY row_name, col_name, ts`,
    );
    return rows.map(({ line }) => line);
  });
}

describe("copy, on the store that the real AtlasDB wrote", () => {
  test("run sets up, copies and validates, and says what it proved", async () => {
    const before = await dump(source.superuserUrl, "_transactions");
    const { code, lines, result } = await copy("run", ["--yes"]);
    expect(result).toMatchObject({ type: "result", ok: true, failed: null, next: null, stateDir });
    expect(code).toBe(0);
    expect(result["counts"]).toMatchObject({ cells: 1_286n, differences: 0n });
    expect(result["proven"]).toHaveLength(5);
    const [x, s, c] = ["x", "s", "c"].map((name) => BigInt(String(result[name])));
    expect(x !== undefined && s !== undefined && c !== undefined && x < s && s < c).toBe(true);
    const proven = lines.filter(isOf("stage")).filter(({ state }) => state === "proven");
    expect(proven.map(({ stage }) => stage)).toEqual(["setup", "migrate", "validate"]);
    expect(lines.filter(isOf("table")).length).toBeGreaterThan(17);
    expect(lines.filter(isOf("progress")).length).toBeGreaterThanOrEqual(4);
    expect(lines.filter(isOf("result"))).toHaveLength(1);
    expect(await dump(source.superuserUrl, "_transactions")).toEqual(before);
    const copied = await dump(destination.superuserUrl, "app__users");
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.every((line) => line.split(" ")[2] === String(s))).toBe(true);
    expect(await readFile(path.join(stateDir, "copy.json"), "utf8")).not.toMatch(/password/i);

    const again = await copy("run", ["--yes"]);
    expect(again.code).toBe(0);
    expect(again.result["s"]).toBe(String(s));
    expect(again.lines.filter(isOf("stage")).map(({ stage }) => stage)).toEqual(["validate", "validate"]);
  });

  test("assess changes nothing, and setup alone does not copy", async () => {
    const assessed = await copy("assess");
    expect(assessed.result).toMatchObject({ ok: true, asked: "assess", x: null, s: null });
    expect(assessed.code).toBe(0);
    const tables = async () =>
      withSession(destination.superuserUrl, async (client) => {
        const { rows } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
        return rows.length;
      });
    expect(await tables()).toBe(0);
    expect((await copy("migrate")).result).toMatchObject({ ok: false, failed: "migrate" });
    expect((await copy("setup", ["--yes"])).code).toBe(0);
    expect(await tables()).toBeGreaterThan(17);
    expect(await dump(destination.superuserUrl, "app__users")).toEqual([]);
    const validated = await copy("validate");
    expect(validated).toMatchObject({ code: 1, result: { failed: "validate" } });
  });

  test("without a terminal and without --yes nothing is dropped", async () => {
    const refused = await copy("run");
    expect(refused.code).toBe(1);
    expect(refused.result).toMatchObject({ ok: false, failed: "setup" });
    expect(refused.result["message"]).toMatch(/Nothing was changed. Say --yes/);
    expect(refused.result["next"]).toMatch(/copy run/);
  });

  test("an answer on the terminal counts, and only yes is yes", async () => {
    const asked: string[] = [];
    const out: string[] = [];
    const answer = async (words: string) =>
      copyCommand(
        ["setup", ...(await files())],
        surroundings(folder, {
          out: (line) => void out.push(line),
          ask: async (question) => {
            asked.push(question);
            return words;
          },
        }),
      );
    expect(await answer("y")).toBe(1);
    expect(out.join("\n")).toContain("The answer was not yes, so nothing was changed.");
    expect(await answer(" Yes ")).toBe(0);
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain("only a backup brings them back");
  });

  test("an interruption is no failure, and the same command goes on", async () => {
    const stop = new AbortController();
    const interrupted = await copy("run", ["--yes"], {
      signal: stop.signal,
      out: (line) => {
        if (line.includes('"stage":"migrate"') && line.includes('"progress"')) stop.abort();
      },
    });
    expect(interrupted.code).toBe(130);
    const { code, result } = await copy("run");
    expect(result).toMatchObject({ ok: true, counts: { cells: 1_286n, differences: 0n } });
    expect(code).toBe(0);
  });

  test("differences end with 2, in a file, and a client on the destination forbids starting over", async () => {
    expect((await copy("run", ["--yes"])).code).toBe(0);
    await run(
      destination.superuserUrl,
      "DELETE FROM app__users WHERE (row_name, col_name) IN (SELECT row_name, col_name FROM app__users LIMIT 1)",
    );
    const spoilt = await copy("validate");
    expect(spoilt.code).toBe(2);
    expect(spoilt.result).toMatchObject({ ok: false, failed: "validate" });
    expect(spoilt.result["next"]).toMatch(/copy setup/);
    expect(spoilt.lines.filter(isOf("difference"))).toMatchObject([{ table: "app.users", kind: "missing" }]);
    const kept = await readFile(path.join(stateDir, "differences.jsonl"), "utf8");
    expect(kept.trim().split("\n")).toHaveLength(1);

    // What a client leaves behind: a transaction above C.
    const later = BigInt(String(spoilt.result["c"])) + 5n;
    const [start, commit] = [later, later + 1n].map((value) => toHex(encodeVarLong(value)));
    await run(
      destination.superuserUrl,
      `INSERT INTO _transactions VALUES ('\\x${start}', '\\x74', 0, '\\x${commit}')`,
    );
    const refused = await copy("setup", ["--yes"]);
    expect(refused.result["message"]).toMatch(/a client has started there/);
    expect(refused.code).toBe(1);
  });

  test("the same database under two names is refused before anything", async () => {
    const { superuserUrl } = source;
    const other = superuserUrl.replace("127.0.0.1", "localhost");
    const { code, lines, result } = await copyAsJson(folder, [
      "run",
      "--source",
      superuserUrl,
      "--destination",
      other,
      "--state-dir",
      stateDir,
      "--yes",
    ]);
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.objectContaining({ type: "finding", level: "blocking", id: "move.overlap" }),
    );
    // The setup has not begun.
    expect(result).toMatchObject({ asked: "run", failed: "assess", proven: [] });
    expect((await dump(superuserUrl, "app__users")).length).toBeGreaterThan(0);
  });

  test("another store is not taken for the one of the state folder", async () => {
    expect((await copy("setup", ["--yes"])).code).toBe(0);
    const other = await createEmptyDatabase();
    try {
      const url = path.join(folder, `new-${count}.yml`);
      const given = await files();
      await writeFile(url, yamlFor(other.superuserUrl));
      const { code, result } = await copyAsJson(folder, ["migrate", ...given]);
      expect(code).toBe(1);
      expect(result["message"]).toMatch(/about another destination/);
    } finally {
      await other.drop();
    }
  });
});

test("the real command, from start to exit: killed, interrupted, and started again", async () => {
  const script = path.join(import.meta.dirname, "bootstrap.mjs");
  const given = ["lockstep", "copy", "run", ...(await files()), "--yes", "--json"];
  const command = async (signal: NodeJS.Signals | null) => {
    const child = spawn(process.execPath, [script, ...given], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test" },
    });
    let [out, err, isSent] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      // Once: a second signal would force it.
      if (signal === null || isSent || !out.includes('"stage":"migrate"')) return;
      isSent = true;
      child.kill(signal);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text));
    const code = await new Promise((resolve) => void child.on("close", resolve));
    return { code, err, lines: out.trim().split("\n") };
  };
  expect((await command("SIGKILL")).code).toBeNull();
  expect(await readdir(stateDir)).toContain("copy.json");

  const interrupted = await command("SIGINT");
  expect(parseJson(interrupted.lines.at(-1) ?? "")).toMatchObject({ type: "result", ok: false });
  expect(interrupted.lines.at(-1)).toContain("Interrupted.");
  expect(interrupted.err).toContain("Stopping at the next checkpoint");
  expect(interrupted.code).toBe(130);

  const { code, err, lines } = await command(null);
  expect(parseJson(lines.at(-1) ?? ""), err).toMatchObject({
    ok: true,
    counts: { cells: 1_286n, differences: 0n },
  });
  expect(code).toBe(0);
});
