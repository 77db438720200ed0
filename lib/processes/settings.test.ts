import { expect, it } from "vitest";
import { readSettings } from "#lib/processes/settings.ts";

const read = (flags: string[] = [], env: Record<string, string> = {}) =>
  readSettings(["start", ...flags], env, "/root-of-clone");

it("starts with nothing given", () => {
  expect(read()).toEqual({
    mode: "start",
    port: 7420,
    host: "127.0.0.1",
    dataDir: "/root-of-clone/.lockstep",
    isSandboxWanted: true,
    isCassandraWanted: false,
    publicUrl: null,
    database: { kind: "embedded" },
    isSingleRoleAllowed: false,
    secretKey: null,
  });
});

it("takes flags and environment", () => {
  const env = {
    DATABASE_URL: "postgresql://app:a@db/lockstep",
    LOCKSTEP_OWNER_DATABASE_URL: "postgres://owner:o@db/lockstep",
    LOCKSTEP_PUBLIC_URL: "https://lockstep.example.com/",
    LOCKSTEP_SECRET_KEY: "ab".repeat(32),
  };
  expect(read(["--port", "8080", "--host", "0.0.0.0", "--data-dir", "/data"], env)).toMatchObject({
    port: 8080,
    host: "0.0.0.0",
    dataDir: "/data",
    isSandboxWanted: false,
    publicUrl: "https://lockstep.example.com",
    database: { kind: "external", appUrl: env.DATABASE_URL, ownerUrl: env.LOCKSTEP_OWNER_DATABASE_URL },
    secretKey: env.LOCKSTEP_SECRET_KEY,
  });
  expect(read(["--no-sandbox"])).toMatchObject({ isSandboxWanted: false });
  expect(read(["--with-cassandra"])).toMatchObject({ isSandboxWanted: true, isCassandraWanted: true });
  expect(read(["--help"])).toBeNull();
});

it.each([
  ["a port that is none", ["--port", "70000"], {}, "--port 70000 is no port"],
  ["an unknown flag", ["--prot", "1"], {}, "Unknown option '--prot'"],
  [
    "an address that is no Postgres",
    [],
    { DATABASE_URL: "mysql://db" },
    "DATABASE_URL is no Postgres address",
  ],
  ["an owner alone", [], { LOCKSTEP_OWNER_DATABASE_URL: "postgres://o@db/x" }, "set both or neither"],
  [
    "a public address that is none",
    [],
    { LOCKSTEP_PUBLIC_URL: "lockstep" },
    "LOCKSTEP_PUBLIC_URL is no address",
  ],
  ["a public address with a path", [], { LOCKSTEP_PUBLIC_URL: "https://a.b/c" }, "must not have a path"],
  ["plain http off this machine", [], { LOCKSTEP_PUBLIC_URL: "http://a.b" }, "plain http off this machine"],
  ["an open address without a public one", ["--host", "0.0.0.0"], {}, "set LOCKSTEP_PUBLIC_URL"],
  [
    "a range that is none",
    [],
    { LOCKSTEP_ALLOWED_NETWORKS: "10.0.0.0/99" },
    "which is no range of addresses",
  ],
  ["a key of the wrong length", [], { LOCKSTEP_SECRET_KEY: "abcd" }, "must be 32 bytes"],
])("refuses %s in one sentence", (_what, flags, env, sentence) => {
  expect(() => read(flags, env)).toThrow(sentence);
});
