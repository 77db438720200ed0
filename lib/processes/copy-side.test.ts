import { describe, expect, test } from "vitest";

import { readSideFile } from "#lib/processes/copy-side-file.ts";
import { readSideUrl } from "#lib/processes/copy-side-url.ts";
import { nameOfSide, placeOfSide } from "#lib/processes/copy-side.ts";

const url = (text: string) => readSideUrl("source", text);

describe("URLs", () => {
  test("Postgres, with everything", () => {
    const side = url(
      "postgresql://own%40er:p%3A@db.example.com:5433/orders?sslmode=verify-ca&sslrootcert=/ca.pem&schema=atlas&tablePrefix=shop_",
    );
    expect(side.store).toEqual({
      kind: "postgres",
      host: "db.example.com",
      port: "5433",
      database: "orders",
      schema: "atlas",
      user: "own@er",
      password: "p:",
      tlsMode: "verify-ca",
      tablePrefix: "shop_",
    });
    expect(side).toMatchObject({ timelock: null, ca: "/ca.pem", cert: null, key: null });
    expect(nameOfSide(side)).toBe("orders on db.example.com:5433");
  });

  test("Cassandra has several hosts, each with CQL's own port where it names none", () => {
    const side = url("cassandra://cass-1:9043,cass-2,[fd00::2]:9044/events?tls=require&dataCentre=dc1");
    expect(side.store).toMatchObject({
      contactPoints: [
        { host: "cass-1", port: "9043" },
        { host: "cass-2", port: "9042" },
        { host: "fd00::2", port: "9044" },
      ],
      keyspace: "events",
      user: "",
      tlsMode: "require",
      dataCentre: "dc1",
    });
  });

  test("without a word about TLS it is verified, except on this machine", () => {
    const mode = (host: string) => url(`postgres://me@${host}/db`).store.tlsMode;
    expect([mode("db.example.com"), mode("10.0.0.1"), mode("127.0.0.1"), mode("localhost:5433")]).toEqual([
      "verify-full",
      "verify-full",
      "disable",
      "disable",
    ]);
  });

  test("timestamps from TimeLock, with the path that the servers share", () => {
    const servers = "https://tl-1:8421/timelock/api,https://tl-2:8421/timelock/api";
    const side = url(`postgres://me@host/db?timelock=${encodeURIComponent(servers)}&namespace=orders`);
    expect(side.timelock).toEqual({
      urls: ["https://tl-1:8421", "https://tl-2:8421"],
      basePath: "/timelock/api",
      namespace: "orders",
    });
  });

  test.each([
    ["mysql://host/db", /none of postgres:/],
    ["postgres://host", /none of postgres:/],
    ["postgres://a,b/db", /must name one host/],
    ["postgres://host/db?sslmode=prefer", /none of disable/],
    ["postgres://host/db?sslMode=disable", /parameter sslMode/],
    ["cassandra://host/ks?schema=x", /parameter schema/],
    ["postgres://host/db?timelock=https://tl", /both timelock=/],
    ["postgres://host/db?namespace=orders", /both timelock=/],
    ["postgres://host/db?namespace=a&timelock=https://a/x,https://b/y", /same path/],
    ["postgres://me:s3cret%@host/db", /%25/],
  ])("%s is refused", (text, words) => {
    expect(() => url(text)).toThrow(words);
    expect(() => url(text)).not.toThrow(/s3cret/);
  });

  test.each(["oracle://me:s3cret@db:1521/ORCL", "ORACLE://db", "oracle+tcps://db:1521/ORCL"])(
    "%s is refused as Oracle's files are, with the way out",
    (text) => {
      expect(() => url(text)).toThrow(
        /The source is an Oracle database[\s\S]*atlasdb-cli --offline migrate[\s\S]*Validation complete/,
      );
      expect(() => url(text)).not.toThrow(/s3cret/);
    },
  );

  test("a state folder is named after places, whoever connects and however", () => {
    const place = (text: string) => placeOfSide(url(text));
    expect(place("postgres://a:b@h/db")).toEqual(place("postgres://c@h:5432/db?sslmode=require"));
    expect(place("postgres://h/db")).not.toEqual(place("postgres://h/db?tablePrefix=x_"));
    expect(place("cassandra://a,b/ks")).toEqual(place("cassandra://b,a/ks"));
    expect(place("cassandra://a/ks")).not.toEqual(place("cassandra://a/other"));
  });
});

const INSTALL = `server: {port: 8443}
atlasdb:
  namespace: orders
  keyValueService:
    type: relational
    namespace: orders
    ddl: {type: postgres, tablePrefix: shop_}
    connection:
      type: postgres
      host: db-1
      port: 5433
      dbName: ordersdb
      dbLogin: owner
      dbPassword: s3cret
      connectionParameters: {sslmode: disable}
`;
const TIMELOCK = `  timelock:
    client: orders
    serversList:
      servers: [https://tl-1:8421]
      sslConfiguration: {trustStorePath: var/trust.jks}
`;

const file = (install: string, more: Partial<Parameters<typeof readSideFile>[0]> = {}) =>
  readSideFile({ which: "destination", install, runtime: null, root: null, hasAuthority: true, ...more });

describe("AtlasDB's files", () => {
  test("without a timelock block the bound in the store counts; other YAML is ignored", () => {
    const side = file(INSTALL);
    expect(side.timelock).toBeNull();
    expect(side.store).toMatchObject({
      kind: "postgres",
      host: "db-1",
      port: "5433",
      database: "ordersdb",
      user: "owner",
      password: "s3cret",
      tlsMode: "disable",
      tablePrefix: "shop_",
    });
    expect(side.notes).toEqual([]);
  });

  test("with one, its servers and client count", () => {
    expect(file(INSTALL + TIMELOCK).timelock).toEqual({
      urls: ["https://tl-1:8421"],
      basePath: "",
      namespace: "orders",
    });
  });

  test("the servers may stand in the runtime file, and without it the side is refused", () => {
    const install = `${INSTALL}  timelock: {client: orders}\n`;
    const runtime = `atlasdb:\n  timelockRuntime:\n    serversList:\n      servers: [https://tl-9:8421]\n      sslConfiguration: {trustStorePath: t.jks}\n`;
    expect(file(install, { runtime }).timelock?.urls).toEqual(["https://tl-9:8421"]);
    expect(() => file(install)).toThrow(/--destination-runtime|serversList/);
  });

  test("Java key stores are refused with the commands that make PEM, where PEM is needed and not given", () => {
    expect(() => file(INSTALL + TIMELOCK, { hasAuthority: false })).toThrow(
      /--destination-ca[\s\S]*keytool -list -rfc -keystore var\/trust\.jks/,
    );
    expect(() => file(INSTALL + TIMELOCK.replace("https:", "http:"), { hasAuthority: false })).not.toThrow();
  });

  test("the type memory is refused by its name", () => {
    const memory = "atlasdb: {namespace: orders, keyValueService: {type: memory}}\n";
    expect(() => file(memory)).toThrow(/install file, line 1: The store type memory keeps nothing/);
  });

  test("Oracle is refused with the way out", () => {
    const oracle = `atlasdb:
  keyValueService:
    type: relational
    ddl: {type: oracle, overflowMigrationState: FINISHED}
    connection: {type: oracle, host: o, port: 1521, sid: ORCL, dbLogin: me, dbPassword: s3cret}
`;
    expect(() => file(oracle)).toThrow(
      /Oracle[\s\S]*atlasdb-cli --offline migrate[\s\S]*Validation complete/,
    );
    expect(() => file(oracle)).not.toThrow(/s3cret/);
  });

  test("a configuration root is taken where it is named", () => {
    const twice = `${INSTALL}other:\n  keyValueService: {type: memory}\n`;
    expect(file(twice, { root: "/atlasdb" }).store).toMatchObject({ database: "ordersdb" });
    expect(() => file(twice, { root: "/nowhere" })).toThrow(/not found at \/nowhere/);
  });

  test("a password that is a variable is left to the environment, with a note", () => {
    const side = file(INSTALL.replace("s3cret", "${SECRET}"));
    expect(side.store.password).toBe("");
    expect(side.notes).toEqual([expect.stringContaining("Password: A variable")]);
  });
});
