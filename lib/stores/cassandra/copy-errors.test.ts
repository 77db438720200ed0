import { errors } from "cassandra-driver";
import { describe, expect, test } from "vitest";

import { classifyError } from "#lib/mover/classify-error.ts";
import { copyFailure, isPassing } from "#lib/stores/cassandra/copy-errors.ts";

const ADDRESS = "127.0.0.1:9042";
const within = (error: Error | string) => new errors.NoHostAvailableError({ [ADDRESS]: error });
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

function server(code: number, message = "said the server", details: object = {}): Error {
  return Object.assign(new errors.ResponseError(code, message), details);
}

/** How a copy reacts: within one request first, then with the whole chunk. */
function reaction(error: unknown): { readonly class: string; readonly again: boolean } {
  const failure = copyFailure(error, "unknown");
  return { class: classifyError(failure).class, again: isPassing(failure) };
}

describe("what a failure of a Cassandra store means for a copy", () => {
  test.each<[string, unknown]>([
    ["Overloaded", server(0x1001)],
    ["Unavailable", server(0x1000)],
    ["IsBootstrapping", server(0x1002)],
    ["ReadTimeout", server(0x1200)],
    ["ReadFailure", server(0x1300)],
    ["WriteTimeout of SIMPLE", server(0x1100, "slow", { writeType: "SIMPLE" })],
    ["WriteTimeout of UNLOGGED_BATCH", server(0x1100, "slow", { writeType: "UNLOGGED_BATCH" })],
    ["WriteTimeout of BATCH_LOG", server(0x1100, "slow", { writeType: "BATCH_LOG" })],
    ["WriteFailure", server(0x1500)],
    ["a time-out at our side", new errors.OperationTimedOutError("slow", ADDRESS)],
    ["a busy connection", new errors.BusyConnectionError(ADDRESS, 2_048, 1)],
    ["busy connections everywhere", within(new errors.BusyConnectionError(ADDRESS, 2_048, 1))],
    ["a cut connection", within(coded("ECONNRESET"))],
    [
      "a connection cut in its TLS handshake",
      within(coded("ECONNRESET", "socket disconnected before secure TLS")),
    ],
    ["a pool that has lost its connections", within(new Error("No connection available"))],
    ["a closed port", within(coded("ECONNREFUSED"))],
    ["nodes that the driver holds for down", within("Host considered as DOWN")],
    [
      "rights that cannot be read just now",
      server(0x0100, "Unable to perform authentication: Cannot achieve QUORUM"),
    ],
    [
      "the same as the driver tells it",
      new errors.AuthenticationError("Unable to perform authentication: timed out"),
    ],
    [
      "permissions that cannot be read just now",
      server(0x2100, "Unable to perform authorization of permissions"),
    ],
  ])("%s passes, and the same bytes are sent again", (_name, error) => {
    expect(reaction(error)).toEqual({ class: "transient", again: true });
  });

  test.each<[string, unknown]>([
    ["a batch too large", server(0x2200, "Batch too large")],
    ["a mutation too large", server(0x2200, "Mutation of 33 bytes is too large for the maximum size of 16")],
    ["a server error", server(0x0000)],
    ["a syntax error", server(0x2000)],
    ["an invalid request", server(0x2200)],
  ])("%s is poison for its range alone", (_name, error) => {
    expect(reaction(error)).toEqual({ class: "poison", again: false });
  });

  test.each<[string, unknown]>([
    [
      "a wrong password",
      within(new errors.AuthenticationError("Provided username and/or password are incorrect")),
    ],
    ["bad credentials", server(0x0100, "Username and/or password are incorrect")],
    ["a missing right", server(0x2100, "User x has no MODIFY permission")],
    ["a table that is gone (2.2)", server(0x2200, "unconfigured columnfamily app__t")],
    ["a table that is gone (5.0)", server(0x2200, "table app__t does not exist")],
    ["a keyspace that is gone", server(0x2200, "Keyspace 'shop' does not exist")],
    ["an expired certificate", within(coded("CERT_HAS_EXPIRED"))],
  ])("%s pauses the whole run", (_name, error) => {
    expect(reaction(error)).toEqual({ class: "fatal", again: false });
  });
});
