import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureJars } from "#lib/local-cassandra/jars.ts";
import { findTools } from "#lib/local-cassandra/java.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-java-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const program = async (place: string, script: string) => {
  const file = path.join(folder, place);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
};
const java = async (home: string, major: string) =>
  program(
    `${home}/bin/java`,
    `echo "    java.home = ${path.join(folder, home)}" >&2; echo "    java.specification.version = ${major}" >&2`,
  );
const search = async (env: Record<string, string> = {}) =>
  findTools({
    env: { PATH: path.join(folder, "path"), ...env },
    jvmFolders: [path.join(folder, "jvm")],
  });

test("names all that is missing in one sentence", async () => {
  expect(await search()).toEqual({
    found: false,
    missing:
      "Local Cassandra servers need a JDK of version 17 to 23 (none was found; set JAVA_HOME, or on Debian: apt-get install default-jdk-headless), and Maven (mvn on PATH; Debian: apt-get install maven).",
  });
});

test("says which Javas do not fit, and does not complain about Maven when it is there", async () => {
  await program("path/mvn", "exit 0");
  await java("jvm/old", "1.8");
  await java("jvm/eleven", "11");
  await java("jvm/newest", "25");
  const found = await search();
  expect(found).toMatchObject({
    found: false,
    missing: expect.stringContaining("only Java 11 and 25 was found"),
  });
  expect(found).not.toMatchObject({ missing: expect.stringContaining("Maven") });
});

test("takes JAVA_HOME before PATH before the system's folders, and passes over what does not fit", async () => {
  await program("path/mvn", "exit 0");
  await java("jvm/17", "17");
  const home = (name: string) => ({ JAVA_HOME: path.join(folder, name) });
  expect(await search(home("nowhere"))).toMatchObject({ tools: { java: { major: 17 } } });
  await java("mine", "21");
  expect(await search(home("mine"))).toMatchObject({
    tools: { java: { major: 21, program: path.join(folder, "mine/bin/java") } },
  });
  await java("tooold", "11");
  expect(await search(home("tooold"))).toMatchObject({ tools: { java: { major: 17 } } });
});

test("fetches jars once, whole or not at all, and repeats Maven's words when it fails", async () => {
  const cache = path.join(folder, "cache");
  await java("jvm/17", "17");
  await program("path/mvn", 'echo "[ERROR] the mirror is closed"; exit 1');
  const tools = await search();
  if (!tools.found) throw new Error(tools.missing);
  await expect(ensureJars("5.0.6", tools.tools, cache)).rejects.toThrow("the mirror is closed");

  await program(
    "path/mvn",
    'for word; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done; touch "$out/a.jar"; read -r line && exit 1; exit 0',
  );
  const [first, second] = await Promise.all([
    ensureJars("5.0.6", tools.tools, cache),
    ensureJars("5.0.6", tools.tools, cache),
  ]);
  expect(first).toBe(second);
  await program("path/mvn", "exit 1");
  expect(await ensureJars("5.0.6", tools.tools, cache)).toBe(first);

  await writeFile(path.join(folder, "a-file"), "");
  await expect(ensureJars("5.0.6", tools.tools, path.join(folder, "a-file", "cache"))).rejects.toThrow(
    "cannot be kept in",
  );
});
