import { errors } from "cassandra-driver";
import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { explain, onConditional, uncommitted } from "#lib/stores/cassandra/errors.ts";

const within = (error: Error) => new errors.NoHostAvailableError({ "127.0.0.1:9042": error });
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe("what a failed conditional write may have done", () => {
  test.each([
    ["a server error", 0x0000],
    ["a protocol error", 0x000a],
    ["too few nodes", 0x1000],
    ["overloaded", 0x1001],
    ["bootstrapping", 0x1002],
    ["truncation", 0x1003],
    ["a write time-out", 0x1100],
    ["a read time-out", 0x1200],
    ["a read failure", 0x1300],
    ["a write failure", 0x1500],
    ["an unknown compare-and-set", 0x1700],
    ["unprepared", 0x2500],
  ])("%s leaves it open", (_name, code) => {
    const error = onConditional(new errors.ResponseError(code, "said the server"));
    expect(error).toMatchObject({ code: "commit-unanswered", effect: "unknown" });
    expect(error.message).toContain("read the store to settle it");
  });

  test.each([
    ["a syntax error", 0x2000],
    ["a missing right", 0x2100],
    ["an invalid request", 0x2200],
    ["bad credentials", 0x0100],
  ])("%s is certainly none", (_name, code) => {
    expect(onConditional(new errors.ResponseError(code, "said the server"))).toMatchObject({
      effect: "none",
    });
  });

  test.each([
    ["a time-out at our side", new errors.OperationTimedOutError("slow", "127.0.0.1:9042")],
    ["a lost connection", coded("ECONNRESET")],
    ["no host left", within(coded("ECONNRESET"))],
    ["a busy connection", new errors.BusyConnectionError("a", 1, 1)],
    ["what is no error", "oops"],
  ])("%s leaves it open", (_name, thrown) => {
    expect(onConditional(thrown).effect).toBe("unknown");
  });
});

describe("what went wrong with a connection", () => {
  test.each<[string, Error, string, string]>([
    ["name", within(coded("ENOTFOUND")), "name look-up", "name-unknown"],
    ["port", within(coded("ECONNREFUSED")), "connection", "connection-refused"],
    ["reset", within(coded("ECONNRESET")), "connection", "connection-lost"],
    ["authority", within(coded("SELF_SIGNED_CERT_IN_CHAIN")), "TLS", "tls-untrusted"],
    ["expiry", within(coded("CERT_HAS_EXPIRED")), "TLS", "tls-expired"],
    ["name in it", within(coded("ERR_TLS_CERT_ALTNAME_INVALID")), "TLS", "tls-name-mismatch"],
    ["no TLS there", within(new Error("SSL routines:wrong version number")), "TLS", "tls-not-offered"],
    [
      "client certificate",
      within(new Error("tlsv13 alert certificate required")),
      "TLS",
      "tls-client-refused",
    ],
    [
      "password",
      within(new errors.AuthenticationError("Provided username or password is incorrect")),
      "authentication",
      "authentication-failed",
    ],
    [
      "no user",
      within(new errors.AuthenticationError("Authentication provider not set")),
      "authentication",
      "authentication-failed",
    ],
    ["silence", within(new errors.OperationTimedOutError("x", "h")), "connection", "no-answer"],
    ["no connection", within(new Error("Connection timeout")), "connection", "timed-out"],
    ["right", new errors.ResponseError(0x2100, "no MODIFY"), "rights", "permission-denied"],
    ["nodes", new errors.ResponseError(0x1000, "1 required"), "server role", "nodes-down"],
    ["anything", new Error("what?"), "connection", "server-error"],
  ])("%s", (_name, error, stage, code) => {
    expect(explain(error)).toMatchObject({ stage, code });
    expect(uncommitted(error)).toMatchObject({
      code,
      effect: "none",
      message: expect.stringMatching(/Nothing was changed in the store\.$/),
    });
  });

  test("our own errors pass unchanged", () => {
    const own = new AdapterError("table-raced", "unknown", "raced");
    expect(uncommitted(own)).toBe(own);
    expect(onConditional(own)).toBe(own);
  });
});
