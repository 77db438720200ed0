import { DatabaseError } from "pg";
import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { classifyError } from "#lib/mover/classify-error.ts";
import { leaseLost, moverCommitError, moverError } from "#lib/stores/postgres/mover-errors.ts";

function server(code: string, severity = "ERROR"): Error {
  return Object.assign(new DatabaseError("said the server", 0, "error"), { code, severity });
}

function node(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

const TLS_CUT = "Client network socket disconnected before secure TLS connection was established";

describe("what a failure of a Postgres store means for a copy", () => {
  test.each([
    ["57P01", "an administrator ended the session"],
    ["57P02", "the server crashed"],
    ["57P03", "the server starts or stops"],
    ["57P05", "idle_session_timeout"],
    ["25P03", "idle_in_transaction_session_timeout"],
    ["25P04", "transaction_timeout"],
    ["57014", "statement_timeout, or somebody cancelled it"],
    ["55P03", "lock_timeout"],
    ["40001", "serialization, and a standby's recovery conflict"],
    ["40P01", "a deadlock, also with a standby's recovery"],
    ["53300", "no connection left"],
    ["53200", "out of memory"],
    ["08006", "a broken connection"],
    ["08P01", "a pooler that lost its server"],
  ])("%s passes (%s)", (code) => {
    expect(classifyError(moverError(server(code))).class).toBe("transient");
  });

  test.each([
    ["23505", "the cell is there already"],
    ["22P04", "a bad tuple"],
    ["22021", "an encoding"],
    ["54000", "a key too long for an index"],
    ["53400", "a limit of the server's settings"],
    ["XX001", "a damaged block"],
    ["P0001", "somebody's trigger"],
  ])("%s is poison for its range alone (%s)", (code) => {
    expect(classifyError(moverError(server(code))).class).toBe("poison");
  });

  test.each([
    ["28P01", "a wrong password"],
    ["28000", "no line in pg_hba.conf"],
    ["3D000", "no such database"],
    ["3F000", "no such schema"],
    ["42P01", "no such table"],
    ["42703", "no such column"],
    ["42501", "a missing right"],
    ["25006", "a replica"],
    ["53100", "a full disk"],
    ["58030", "a broken disk"],
  ])("%s pauses the whole run (%s)", (code) => {
    expect(classifyError(moverError(server(code))).class).toBe("fatal");
  });

  test.each([
    [new Error("Connection terminated unexpectedly")],
    [new Error("Client has encountered a connection error and is not queryable")],
    [new Error("timeout expired")],
    [new Error("Query read timeout")],
    [node("ECONNRESET")],
    [node("EPIPE")],
    [node("ECONNREFUSED")],
    [node("ETIMEDOUT")],
    [node("ENOTFOUND")],
    [node("ERR_STREAM_PREMATURE_CLOSE", "Premature close")],
    // A server that goes down amid a handshake is no wrong certificate.
    [node("ECONNRESET", TLS_CUT)],
  ])("the wire's own %s passes", (error) => {
    expect(classifyError(moverError(error)).class).toBe("transient");
  });

  test.each([["CERT_HAS_EXPIRED"], ["SELF_SIGNED_CERT_IN_CHAIN"], ["ERR_TLS_CERT_ALTNAME_INVALID"]])(
    "%s pauses the whole run",
    (code) => {
      expect(classifyError(moverError(node(code))).class).toBe("fatal");
    },
  );

  test("an answer to COMMIT that never came is unknown, and settled by opening the shard again", () => {
    for (const error of [new Error("Connection terminated unexpectedly"), server("57P01", "FATAL")]) {
      const failure = moverCommitError(error);
      expect(failure).toMatchObject({ code: "commit-unanswered", effect: "unknown" });
      expect(classifyError(failure).class).toBe("transient");
    }
    expect(moverCommitError(server("40001"))).toMatchObject({ effect: "none" });
  });

  test("a lost lease is no failure of the range, a defect of ours pauses, and the unknown is never repeated blindly", () => {
    expect(classifyError(leaseLost("app.t")).class).toBe("lost");
    expect(classifyError(new TypeError("undefined is not a function"))).toMatchObject({
      class: "fatal",
      code: "defect",
    });
    expect(classifyError(new AdapterError("never-heard-of", "none", "Odd.")).class).toBe("poison");
  });

  test("the server's words reach the person", () => {
    expect(moverError(server("53100")).message).toContain("said the server");
  });
});
