import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { readNetworkRules } from "#lib/inventory/network-rules.ts";
import { readSecretKey } from "#lib/secrets/keys.ts";

/** Where the console's own database is. `ownerUrl` changes the schema, `appUrl` is what the console works with. */
export type DatabaseSetting =
  | { readonly kind: "embedded" }
  | { readonly kind: "external"; readonly appUrl: string; readonly ownerUrl: string };

/** Everything that a start depends on, checked. `secretKey` null: one is made and kept in the data folder. */
export type Settings = {
  readonly mode: "start" | "dev";
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly isSandboxWanted: boolean;
  readonly isCassandraWanted: boolean;
  readonly publicUrl: string | null;
  readonly database: DatabaseSetting;
  readonly isSingleRoleAllowed: boolean;
  readonly secretKey: string | null;
};

/** What `npm start -- --help` prints. */
export const HELP = `npm start [-- options]     starts Lockstep: database, worker, web and sandbox

  --port N          port of the web console                      7420
  --host ADDRESS    address it listens on                        127.0.0.1
  --data-dir DIR    where data, secrets and logs are kept        .lockstep
  --no-sandbox      leave the rehearsal sandbox out
  --with-cassandra  add a Cassandra store to the sandbox (needs a JDK of version 17 to 23, and Maven)
  --help            this text

environment (see .env.example)
  DATABASE_URL                      a Postgres of your own (15 to 18, UTF8); else one is started for you
  LOCKSTEP_OWNER_DATABASE_URL       the role that owns and changes its schema
  LOCKSTEP_PUBLIC_URL               the address people open, https off this machine
  LOCKSTEP_SECRET_KEY               32 bytes as 64 hexadecimal digits or base64; else one is made
  LOCKSTEP_TRUSTED_PROXIES          addresses whose X-Forwarded-For is believed, separated by commas
  LOCKSTEP_ALLOWED_NETWORKS         ranges that TimeLock clusters and stores may lie in, separated by commas
  LOCKSTEP_ALLOW_SINGLE_ROLE=1      start with one role for both; the audit log is then not protected in the database`;

const OPTIONS = {
  port: { type: "string", default: "7420" },
  host: { type: "string", default: "127.0.0.1" },
  "data-dir": { type: "string" },
  "no-sandbox": { type: "boolean", default: false },
  "with-cassandra": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const port = z.coerce.number().int().min(0).max(65_535);
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
const publicUrl = z.url({ protocol: /^https?$/ });

/**
 * Reads flags and environment. `null` when help was asked for. Port 0 means any free port.
 * @throws AppError `invalid` with one sentence for the first thing that is wrong
 */
export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): Settings | null {
  const [mode, ...flags] = argv;
  const values = parseFlags(flags);
  if (values.help) return null;
  const database = readDatabase(env);
  const address = readPublicUrl(env["LOCKSTEP_PUBLIC_URL"]);
  refusePlainHttp(values.host, address);
  readNetworkRules(env["LOCKSTEP_ALLOWED_NETWORKS"] ?? "");
  return {
    mode: mode === "dev" ? "dev" : "start",
    port: parse(port, values.port, `--port ${values.port} is no port: give a number from 1 to 65535.`),
    host: values.host,
    dataDir: path.resolve(root, values["data-dir"] ?? ".lockstep"),
    // Its people have printed passwords: they exist only where nobody else can reach them.
    isSandboxWanted: !values["no-sandbox"] && isLoopback(values.host),
    isCassandraWanted: values["with-cassandra"],
    publicUrl: address,
    database,
    isSingleRoleAllowed: env["LOCKSTEP_ALLOW_SINGLE_ROLE"] === "1",
    secretKey: readSecret(env["LOCKSTEP_SECRET_KEY"]),
  };
}

/** Whether an address or host name is this machine itself. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function parseFlags(flags: readonly string[]) {
  try {
    return parseArgs({ args: [...flags], options: OPTIONS, strict: true }).values;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : "";
    throw new AppError("invalid", `${what}. See npm start -- --help.`, { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, sentence: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new AppError("invalid", sentence, { cause: result.error });
  return result.data;
}

function readDatabase(env: Readonly<Record<string, string | undefined>>): DatabaseSetting {
  const app = env["DATABASE_URL"];
  const owner = env["LOCKSTEP_OWNER_DATABASE_URL"];
  if (app === undefined || app === "") {
    if (owner === undefined || owner === "") return { kind: "embedded" };
    throw new AppError(
      "invalid",
      "LOCKSTEP_OWNER_DATABASE_URL is set without DATABASE_URL: set both or neither.",
    );
  }
  const sentence = (name: string) =>
    `${name} is no Postgres address such as postgresql://role:password@host:5432/database.`;
  const appUrl = parse(databaseUrl, app, sentence("DATABASE_URL"));
  const ownerUrl = parse(databaseUrl, owner ?? app, sentence("LOCKSTEP_OWNER_DATABASE_URL"));
  return { kind: "external", appUrl, ownerUrl };
}

function readPublicUrl(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  const url = new URL(
    parse(publicUrl, text, "LOCKSTEP_PUBLIC_URL is no address such as https://lockstep.example.com."),
  );
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new AppError(
      "invalid",
      "LOCKSTEP_PUBLIC_URL must not have a path: Lockstep lives at the root of its address.",
    );
  }
  return url.origin;
}

function refusePlainHttp(host: string, address: string | null): void {
  const url = address === null ? null : new URL(address);
  if (url !== null && url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new AppError(
      "invalid",
      `LOCKSTEP_PUBLIC_URL is plain http off this machine: put an https proxy before Lockstep.`,
    );
  }
  if (!isLoopback(host) && url === null) {
    throw new AppError(
      "invalid",
      `--host ${host} can be reached from other machines: set LOCKSTEP_PUBLIC_URL to the https address that people open.`,
    );
  }
}

function readSecret(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  readSecretKey(text);
  return text;
}
