import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { configurationChanges } from "#lib/atlasdb/configuration-changes.ts";
import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import { FILL_IN_ADDRESS } from "#lib/atlasdb/reverse-changes.ts";
import { keepsLines, timelockNode, wantedFor } from "#lib/atlasdb/testing.ts";
import type { NodeFiles } from "#lib/atlasdb/wanted-configuration.ts";

const INSTALL = `# install file of app
atlasdb:
  namespace: app
  # where it is kept
  keyValueService:
    type: relational
    namespace: app
    ddl: {type: postgres}
    connection:
      type: postgres
      host: db1
      port: 5432
      dbName: appdb
      dbPassword: "s3cret"
  # TimeLock since 2021
  timelock:
    client: app
    serversList:
      servers: [https://tl-1:8421]
      sslConfiguration:
        trustStorePath: var/security/trust.jks
  # scrubbing
  backgroundScrubThreads: 8
`;
const RUNTIME = `atlasdb:
  timelockRuntime:
    serversList:
      servers: [https://tl-1:8421]
  sweep:
    enabled: true
`;
const files = (install: string, runtime: string | null = RUNTIME): NodeFiles => ({
  install: { text: install },
  runtime: runtime === null ? null : { text: runtime },
});
const forms = (of: NodeFiles | null, more = {}) => configurationChanges("from-timelock", of, wantedFor(more));
const noted = (of: NodeFiles, more = {}) =>
  checkConfiguration("from-timelock", of, wantedFor(more))
    .filter(({ severity }) => severity !== "pass")
    .map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line ?? "-"}`);

test("without files both forms are written out", () => {
  const [plain, leader] = forms(null, { localServer: "https://app-1:8080" });
  expect(plain?.changes.map(({ action, key }) => `${action} ${key}`)).toEqual([
    "remove timelock",
    "remove timelockRuntime",
    "check leader",
    "check keyValueService",
  ]);
  expect(leader?.changes.find(({ action }) => action === "add")?.yaml).toBe(`leader:
  quorumSize: 1
  localServer: https://app-1:8080
  leaders:
    - https://app-1:8080
`);
});

test("no block: timelock leaves both files, and nothing else changes", () => {
  const [plain] = forms(files(INSTALL));
  expect(plain?.problems).toEqual([]);
  expect(plain?.files.map(({ after }) => after)).toEqual([
    INSTALL.replace(/ {2}timelock:[\s\S]*?trust.jks\n/, ""),
    "atlasdb:\n  sweep:\n    enabled: true\n",
  ]);
});

test("a leader block names one member, to be filled in where nobody knows it", () => {
  const [, leader] = forms(files(INSTALL));
  const install = leader?.files.find(({ file }) => file === "install")?.after ?? "";
  expect(install).toContain(
    `  leader:\n    quorumSize: 1\n    localServer: ${FILL_IN_ADDRESS}\n    leaders:\n      - ${FILL_IN_ADDRESS}\n`,
  );
  const runtime = leader?.files.find(({ file }) => file === "runtime")?.after ?? "";
  expect(noted(files(install, runtime))).toEqual(["blocking leader-fill-in install:20"]);
  expect(noted(files(install.replaceAll(FILL_IN_ADDRESS, "https://app-1:8080"), runtime))).toEqual([]);
});

test("a runtime file with nothing but timelockRuntime becomes an empty one", () => {
  const [plain] = forms(files(INSTALL, RUNTIME.replace(/ {2}sweep[\s\S]*/, "")));
  const runtime = plain?.files.find(({ file }) => file === "runtime")?.after;
  expect(runtime).toBe("atlasdb:\n");
  expect(noted(files(plain?.files[0]?.after ?? "", runtime))).toEqual([]);
});

describe("what is refused", () => {
  const plain = INSTALL.replace(/ {2}timelock:[\s\S]*?trust.jks\n/, "");
  const quiet = "atlasdb:\n  sweep:\n    enabled: true\n";
  const leader = (body: string) => `${plain}  leader:\n${body}`;

  test.each([
    ["timelock is left", INSTALL, quiet, ["blocking timelock-left install:16"]],
    ["timelockRuntime is left", plain, RUNTIME, ["blocking timelockRuntime-left runtime:2"]],
    ["no runtime file was given", plain, null, ["warning runtime-not-given runtime:-"]],
    [
      "remote blocks",
      `${plain}  lock:\n    servers: [a]\n  timestamp:\n    servers: [a]\n`,
      quiet,
      ["blocking lock-block install:18", "blocking timestamp-block install:20"],
    ],
    [
      "several leaders",
      leader(
        "    quorumSize: 2\n    localServer: https://a\n    leaders: [https://a, https://b, https://c]\n",
      ),
      quiet,
      ["blocking leader-quorum install:19", "blocking leader-members install:21"],
    ],
    [
      "another member",
      leader("    quorumSize: 1\n    localServer: https://a\n    leaders: [https://b]\n"),
      quiet,
      ["blocking leader-local install:20"],
    ],
    [
      "no address",
      leader("    quorumSize: 1\n    leaders: [https://b]\n"),
      quiet,
      ["blocking leader-local install:18"],
    ],
    ["no mapping", `${plain}  leader: [a]\n`, quiet, ["blocking leader-incomplete install:18"]],
    [
      "another database",
      plain.replace("dbName: appdb", "dbName: other"),
      quiet,
      ["blocking database-differs install:13"],
    ],
    [
      "names that disagree",
      plain.replace("    namespace: app\n", ""),
      quiet,
      ["blocking store-namespace-differs install:12"],
    ],
    [
      "asynchronous start",
      `${plain}  initializeAsync: true\n`,
      quiet,
      ["warning initialize-async install:18"],
    ],
  ])("%s", (_name, install, runtime, findings) => expect(noted(files(install, runtime))).toEqual(findings));

  test("a Cassandra client without any name", () => {
    const install = "atlasdb:\n  keyValueService:\n    type: cassandra\n    servers: [a:9160]\n";
    expect(noted(files(install, quiet), { store: { kind: "cassandra", keyspace: "app" } })).toEqual([
      "blocking store-namespace-missing install:2",
    ]);
  });
});

test("the new files of any node on TimeLock pass the check, comments and order kept, in both forms", () => {
  fc.assert(
    fc.property(timelockNode, ({ files: old, kind, kept }) => {
      const more = kind === "cassandra" ? { store: { kind, keyspace: "app" } as const } : {};
      const wanted = wantedFor({ ...more, localServer: "https://app-1:8080" });
      const before = checkConfiguration("from-timelock", old, wanted);
      expect(before.some(({ code }) => code.endsWith("-left"))).toBe(true);
      for (const form of configurationChanges("from-timelock", old, wanted)) {
        expect(form.problems).toEqual([]);
        const text = (file: string) => form.files.find((one) => one.file === file)?.after ?? "";
        const made = {
          install: { text: text("install") },
          runtime: old.runtime === null ? null : { text: text("runtime") },
        };
        const after = checkConfiguration("from-timelock", made, wanted);
        expect(
          after.filter(({ severity, code }) => severity !== "pass" && code !== "runtime-not-given"),
          made.install.text,
        ).toEqual([]);
        for (const comment of kept) expect(made.install.text).toContain(comment);
        const added = new Set([
          "leader:",
          "quorumSize: 1",
          "localServer: https://app-1:8080",
          "leaders:",
          "- https://app-1:8080",
        ]);
        expect(keepsLines(old.install.text, made.install.text, added), made.install.text).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
