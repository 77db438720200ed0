import fc from "fast-check";

import type { NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

/** What a migration of the service `app` on Postgres wants, unless a test says otherwise. */
export function wantedFor(more: Partial<WantedConfiguration> = {}): WantedConfiguration {
  return {
    namespace: "app",
    oldNamespace: null,
    timelockServers: ["https://tl-1:8421", "https://tl-2:8421"],
    timelockAliases: [],
    store: { kind: "postgres", host: "db1", port: 5432, database: "appdb", tablePrefix: "" },
    localServer: null,
    ...more,
  };
}

const POSTGRES = (name: string) => `# the store
keyValueService:
  type: relational
${name}  ddl: {type: postgres}
  connection:
    type: postgres
    host: db1
    port: 5432
    dbName: 'appdb'   # odd spacing stays
    dbLogin: app
    dbPassword: "s3cret"
`;
const CASSANDRA = (keyspace: string) => `keyValueService:
  type: cassandra # old
${keyspace}  servers:
    - cass-1:9160
    - cass-2:9160
  replicationFactor: 3
`;
const SERVERS = `serversList:
    servers:
      - https://tl-1:8421 # first
      - https://tl-2:8421
    sslConfiguration:
      trustStorePath: var/security/trust.jks
`;

const EXTRA = [
  "# about sweep\nsweepBatchSize: 1\n",
  "\n# two lines\n# of words\n\n",
  "initializeAsync: false\n",
  "note: |\n  a block # no comment\n\n  with a gap\n",
  "flow: {a: [1, 2], b: 'x'} # flow\n",
  "metrics:\n    four:\n        spaces: true # kept\n",
];
const ROOTS = [[], ["atlasdb"], ["atlas"], ["services", "app", "atlas-db"]] as const;

/** A generated node on TimeLock; `comments` are what must be found again in a changed file. */
export type GeneratedNode = {
  readonly files: NodeFiles;
  readonly kind: "postgres" | "cassandra";
  readonly kept: readonly string[];
};

/** Files of a node on TimeLock under the namespace `app`: any order, root, names, comments and line ends. */
export const timelockNode: fc.Arbitrary<GeneratedNode> = fc
  .record({
    kind: fc.constantFrom("postgres", "cassandra"),
    root: fc.constantFrom(...ROOTS),
    extras: fc.shuffledSubarray(EXTRA),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    topLevel: fc.boolean(),
    ownName: fc.boolean(),
    inRuntime: fc.constantFrom("no", "servers", "alone"),
    windows: fc.boolean(),
    lastBreak: fc.boolean(),
  })
  .map((one) => {
    const cassandra = one.kind === "cassandra";
    const alone = one.inRuntime === "alone";
    const named = one.topLevel || alone;
    const store = cassandra
      ? CASSANDRA(one.ownName || !named ? "  keyspace: app\n" : "")
      : POSTGRES("  namespace: app # bridges\n");
    const client = alone ? "" : `timelock:\n  client: "app" # TimeLock's name\n`;
    const servers = one.inRuntime === "no" ? `  ${SERVERS}` : "";
    const parts = [store, named ? "namespace: app # the name\n" : "", client + (alone ? "" : servers)];
    const body = [...one.order.map((at) => parts[at] ?? ""), ...one.extras].join("");
    const style = (text: string) => {
      const whole = one.lastBreak ? text : text.replace(/\n+$/, "");
      return one.windows ? whole.replaceAll("\n", "\r\n") : whole;
    };
    const runtime =
      one.inRuntime === "no"
        ? null
        : rooted(one.root, `sweep:\n  enabled: true # stays\ntimelockRuntime:\n  ${SERVERS}`);
    return {
      kind: cassandra ? "cassandra" : "postgres",
      files: {
        install: { text: style(rooted(one.root, body)) },
        runtime: runtime === null ? null : { text: style(runtime) },
      },
      kept: [
        ...(one.extras.length > 0 ? one.extras.flatMap((text) => text.match(/#[^\n]*/g) ?? []) : []),
        "# outside",
        ...(cassandra ? ["# old"] : ["# the store", "# odd spacing stays", "# bridges"]),
      ],
    };
  });

function rooted(root: readonly string[], body: string): string {
  const indented = root.reduceRight((text, key) => `${key}:\n${text.replace(/^(?=[^\n])/gm, "  ")}`, body);
  return root.length === 0
    ? `# outside\n${body}`
    : `# outside\nserver: {port: 8080}\n${indented}logging: {level: INFO}\n`;
}

/** Whether every line of the new text that is not among `added` stood in the old one, in the same order. */
export function keepsLines(before: string, after: string, added: ReadonlySet<string>): boolean {
  const old = before.split("\n");
  let at = 0;
  return after.split("\n").every((line) => {
    if (added.has(line.trim())) return true;
    const found = old.indexOf(line, at);
    if (found >= 0) at = found + 1;
    return found >= 0 || line === "";
  });
}
