import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { explain, onCommit, sqlState, uncommitted } from "#lib/stores/postgres/errors.ts";

/** An error as pg hands it on from the server. */
function server(code: string, message = "words of the server"): Error {
  return Object.assign(new Error(message), { code, severity: "ERROR" });
}

/** An error of Node's. */
function node(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [server("28P01"), "authentication-failed", "authentication"],
  [server("28000"), "not-allowed", "authentication"],
  [server("3D000"), "database-missing", "database"],
  [server("42501"), "permission-denied", "rights"],
  [server("53300"), "too-many-connections", "connection"],
  [server("55P03"), "lock-timeout", "rights"],
  [server("57014"), "statement-timeout", "connection"],
  [server("57P03"), "server-starting", "connection"],
  [server("57P01"), "connection-lost", "connection"],
  [server("25006"), "read-only", "rights"],
  [server("XX000"), "server-error", "rights"],
  [node("ENOTFOUND"), "name-not-found", "name look-up"],
  [node("ECONNREFUSED"), "connection-refused", "connection"],
  [node("EHOSTUNREACH"), "unreachable", "connection"],
  [node("ETIMEDOUT"), "timed-out", "connection"],
  [node("CERT_HAS_EXPIRED"), "tls-expired", "TLS"],
  [node("ERR_TLS_CERT_ALTNAME_INVALID"), "tls-name-mismatch", "TLS"],
  [node("ERR_SSL_WRONG_VERSION_NUMBER", "ssl routines"), "tls-failed", "TLS"],
  [node("ECONNRESET", "read ECONNRESET"), "connection-lost", "connection"],
  [new Error("Connection terminated unexpectedly"), "connection-lost", "connection"],
  [new Error("timeout expired"), "timed-out", "connection"],
  [new Error("Query read timeout"), "statement-timeout", "connection"],
  [new Error("something else"), "server-error", "connection"],
  ["no error at all", "server-error", "connection"],
])("%s is %s, at %s", (error, code, stage) => {
  expect(explain(error)).toMatchObject({ code, stage });
  expect(explain(error).message).toMatch(/^[A-Z].*\.$/);
});

test("the server's own words are passed on", () => {
  expect(explain(server("42501", "must be owner of table _timestamp")).message).toContain(
    "must be owner of table _timestamp",
  );
});

describe("what an error says about the effect", () => {
  test("before COMMIT nothing was changed, whatever broke", () => {
    for (const error of [server("40001"), node("ECONNRESET"), new Error("x")]) {
      expect(uncommitted(error)).toMatchObject({
        effect: "none",
        message: expect.stringMatching(/Nothing was changed/),
      });
    }
    const known = new AdapterError("row-count", "none", "x");
    expect(uncommitted(known)).toBe(known);
  });

  test.each(["40001", "40P01", "23505", "25P02", "25006"])("on COMMIT, %s is a refusal", (code) => {
    expect(onCommit(server(code)).effect).toBe("none");
  });

  test.each(["57P01", "57014", "08006", "XX000", "53100"])("on COMMIT, %s leaves it unknown", (code) => {
    expect(onCommit(server(code)).effect).toBe("unknown");
  });

  test("on COMMIT, anything that is not the server's answer leaves it unknown", () => {
    for (const error of [
      node("ECONNRESET"),
      new Error("Query read timeout"),
      new Error("Connection terminated unexpectedly"),
      null,
    ]) {
      expect(onCommit(error).effect).toBe("unknown");
    }
  });

  test("a connection that is lost every time may not be to Postgres at all, and the words say so", () => {
    expect(explain(new Error("Connection terminated unexpectedly")).message).toMatch(/no Postgres server/);
  });

  test("the SQLSTATE is found through our own error", () => {
    expect(sqlState(uncommitted(server("42501")))).toBe("42501");
    expect(sqlState(node("ECONNRESET"))).toBeNull();
  });
});
