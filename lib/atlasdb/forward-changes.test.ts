import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import { forwardChanges, type TimelockTls } from "#lib/atlasdb/forward-changes.ts";
import type { PastedFile } from "#lib/atlasdb/wanted-configuration.ts";

const SERVERS = ["https://tl-1:8421", "https://tl-2:8421", "https://tl-3:8421"];
const OLD = `# install file of app
server:
  port: 8080 # stays

atlasdb:
  # the store
  keyValueService:
    type: relational
    ddl: {type: postgres}
    connection:
      type: postgres
      host: db1
      dbName: 'appdb'   # odd spacing stays
      dbLogin: app
      dbPassword: "s3cret"
  # who leads
  leader:
    quorumSize: 1
    localServer: https://app-1:8080
    leaders: [https://app-1:8080]
    sslConfiguration:
      trustStorePath: var/security/trust.jks
      keyStorePath: var/security/key.jks
      keyStorePassword: changeit
  # scrubbing
  backgroundScrubThreads: 8

logging:
  level: INFO
`;

const input = { namespace: "app", timelockServers: SERVERS };

function describeForwardChanges({
  install,
  runtime,
  tls,
  ...wanted
}: typeof input & { install?: PastedFile; runtime?: PastedFile; tls?: TimelockTls }) {
  const files = install === undefined ? null : { install, runtime: runtime ?? null };
  const [form] = forwardChanges(files, wanted, tls);
  if (form === undefined) throw new Error("no form");
  return form;
}

function after(result: ReturnType<typeof describeForwardChanges>, file: "install" | "runtime"): string {
  return result.files.find((one) => one.file === file)?.after ?? "";
}

test("without files: what to remove and what to add, as YAML that can be pasted", () => {
  const { changes, files, problems } = describeForwardChanges({
    ...input,
    tls: { trustStorePath: "t.jks", keyStorePath: "k.jks" },
  });
  expect(files).toEqual([]);
  expect(problems).toEqual([]);
  expect(changes.filter(({ action }) => action === "remove").map(({ key }) => key)).toEqual([
    "leader",
    "lock",
    "timestamp",
  ]);
  expect(changes.map(({ yaml }) => yaml ?? "").join("")).toBe(`namespace: app
timelock:
  client: app
  serversList:
    servers:
      - https://tl-1:8421
      - https://tl-2:8421
      - https://tl-3:8421
    sslConfiguration:
      trustStorePath: t.jks
      keyStorePath: k.jks
      keyStorePassword: FILL IN
`);
});

test("the new install file: old bytes, comments and order stay; blocks go and come", () => {
  const result = describeForwardChanges({ ...input, install: { text: OLD } });
  expect(result.problems).toEqual([]);
  expect(after(result, "install")).toBe(
    OLD.replace(/ {2}leader:[\s\S]*?changeit\n/, "")
      .replace('      dbPassword: "s3cret"\n', '      dbPassword: "s3cret"\n    namespace: app\n')
      .replace(
        "  backgroundScrubThreads: 8\n",
        `  backgroundScrubThreads: 8
  namespace: app
  timelock:
    client: app
    serversList:
      servers:
        - https://tl-1:8421
        - https://tl-2:8421
        - https://tl-3:8421
      sslConfiguration:
        trustStorePath: var/security/trust.jks
        keyStorePath: var/security/key.jks
        keyStorePassword: changeit
`,
      ),
  );
  const diff = result.files[0]?.diff ?? [];
  expect(diff.filter(({ kind }) => kind === "removed")).toHaveLength(8);
  expect(diff.filter(({ kind }) => kind === "added")).toHaveLength(13);
});

test("with a runtime file the servers go there, and the install file still says TimeLock", () => {
  const result = describeForwardChanges({
    ...input,
    install: { text: OLD },
    runtime: { text: "atlasdb:\n  sweep:\n    enabled: true\n" },
  });
  expect(after(result, "install")).toContain("  timelock:\n    client: app\n");
  expect(after(result, "install")).not.toContain("tl-1");
  expect(after(result, "runtime")).toMatch(
    /^atlasdb:\n {2}sweep:\n {4}enabled: true\n {2}timelockRuntime:\n {4}serversList:\n/,
  );
});

describe("what is there already", () => {
  test("a timelock block is left alone and pointed at", () => {
    const text = "atlasdb:\n  namespace: app\n  timelock: {client: app}\n";
    const result = describeForwardChanges({ ...input, install: { text } });
    expect(after(result, "install")).toBe(text);
    expect(result.changes).toMatchObject([{ action: "check", key: "timelock" }]);
  });

  test("another namespace is never overwritten", () => {
    const text = "atlasdb:\n  namespace: other\n  leader: {quorumSize: 1}\n";
    const result = describeForwardChanges({ ...input, install: { text } });
    expect(after(result, "install")).toContain("namespace: other");
    expect(result.changes.find(({ key }) => key === "namespace")).toMatchObject({ action: "check" });
  });
});

describe("files of other shapes", () => {
  test("one line of braces is not rewritten, but the words hold", () => {
    const result = describeForwardChanges({
      ...input,
      install: { text: "atlasdb: {leader: {quorumSize: 1}, keyValueService: {type: memory}}\n" },
    });
    expect(result.files).toEqual([]);
    expect(result.problems).toMatchObject([{ code: "not-rewritable" }]);
    expect(result.changes.map(({ key }) => key)).toContain("leader");
  });

  test("what cannot be read is reported with general words", () => {
    const result = describeForwardChanges({ ...input, install: { text: "atlasdb: [" } });
    expect(result.problems).toMatchObject([{ code: "not-yaml" }]);
    expect(result.changes.length).toBeGreaterThan(0);
  });

  test("Windows line ends stay", () => {
    const result = describeForwardChanges({ ...input, install: { text: OLD.replaceAll("\n", "\r\n") } });
    expect(after(result, "install").replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("a file without a last line break, and an empty runtime file", () => {
    const result = describeForwardChanges({
      ...input,
      install: { text: OLD.trimEnd() },
      runtime: { text: "" },
    });
    expect(result.problems).toEqual([]);
    expect(after(result, "install").endsWith("level: INFO\n")).toBe(true);
    expect(after(result, "runtime")).toMatch(/^timelockRuntime:\n/);
  });

  test("a block that ends with a literal is removed whole, and no more", () => {
    const text = "atlasdb:\n  leader:\n    note: |\n      a\n      b\n  namespace: app\n";
    expect(after(describeForwardChanges({ ...input, install: { text } }), "install")).toMatch(
      /^atlasdb:\n {2}namespace: app\n {2}timelock:/,
    );
  });
});

test("the new files of any embedded node pass the check", () => {
  const store =
    "keyValueService:\n  type: relational\n  ddl:\n    type: postgres\n  connection:\n    type: postgres\n    dbName: DB\n";
  const blocks = fc.shuffledSubarray(
    [
      "leader:\n  quorumSize: 1 # c\n",
      "lock:\n  servers: [a]\n",
      "timestamp:\n  servers:\n    - a\n",
      "# a comment\n",
      "sweepBatchSize: 1\n",
      "\n",
      "initializeAsync: false\n",
      "timelock:\n",
    ],
    { minLength: 0 },
  );
  fc.assert(
    fc.property(
      blocks,
      fc.nat({ max: 7 }),
      fc.constantFrom("app", "appdb"),
      fc.constantFrom("", "atlasdb", "atlas"),
      fc.constantFrom(null, "", "atlasdb:\n  sweep:\n    enabled: true\n", "timelockRuntime:\n"),
      fc.boolean(),
      (some, at, database, root, runtime, named) => {
        const parts = [...some];
        parts.splice(
          Math.min(at, parts.length),
          0,
          store.replace("DB", database) + (named ? "namespace: app\n" : ""),
        );
        const body = parts.join("");
        const install = root === "" ? body : `${root}:\n${body.replace(/^(?=.)/gm, "  ")}tail: 1\n`;
        const result = describeForwardChanges({
          ...input,
          install: { text: install },
          ...(runtime === null ? {} : { runtime: { text: runtime } }),
        });
        expect(result.problems).toEqual([]);
        const findings = checkConfiguration(
          "to-timelock",
          {
            install: { text: after(result, "install") },
            runtime: runtime === null ? null : { text: after(result, "runtime") },
          },
          {
            ...input,
            oldNamespace: null,
            timelockAliases: [],
            store: { kind: "postgres", host: "db1", port: 5432, database, tablePrefix: "" },
            localServer: null,
          },
        );
        expect(
          findings.filter(({ severity }) => severity !== "pass"),
          after(result, "install"),
        ).toEqual([]);
        expect(after(result, "install")).toContain(some.includes("# a comment\n") ? "# a comment" : "");
      },
    ),
    { numRuns: 300 },
  );
});
