import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { describeBoundState } from "#lib/stores/bound-state.ts";
import { decodePastedOracle } from "#lib/stores/oracle/pasted.ts";
import {
  ORACLE_IDENTITY,
  ORACLE_TARGET,
  type Printed,
  readOutput,
  session,
  writeOutput,
} from "#lib/stores/oracle/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const NOW = new Date("2026-11-21T12:05:00.000Z");
const readAt = "2026-11-21T12:04:30.625Z";
const READABLE: Printed = { state: { state: "readable", bound: 9_007_199_254_740_993n }, readAt };

function decode(text: string) {
  return decodePastedOracle(text, ORACLE_TARGET, NOW);
}

function reading(text: string) {
  const decoded = decode(text);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.reading;
}

function reason(text: string): string {
  const decoded = decode(text);
  return decoded.ok ? "accepted" : decoded.reason;
}

describe("what sqlplus printed", () => {
  test("is read to the last digit, seen by two sessions, and marked as pasted", () => {
    const run = reading(
      readOutput({
        ...READABLE,
        punch: 9_007_199_254_740_001n,
        start: { start: 314_159_266n, commit: 314_159_267n },
      }),
    );
    expect(run.wrote).toBeNull();
    for (const { bound, punch, mark } of [run.first, run.second]) {
      expect(bound).toMatchObject({
        state: { state: "readable", bound: 9_007_199_254_740_993n },
        identity: ORACLE_IDENTITY,
        provenance: "pasted",
        readAt,
        raw: [{ name: "last_allocated", text: "9007199254740993", hex: "0x0020000000000001" }],
      });
      expect(punch.newest).toMatchObject({
        timestamp: 9_007_199_254_740_001n,
        wallMillis: 1_730_000_000_000n,
      });
      expect(mark).toMatchObject({ table: "present", newestStart: 314_159_266n, newestCommit: 314_159_267n });
    }
    expect(run.first.bound.view).toBe("first session through orders.example.com");
    expect(run.second.bound.view).toBe("second session through orders.example.com");
  });

  const states: readonly BoundState[] = [
    { state: "readable", bound: LONG_MAX },
    { state: "invalidated", kept: 1_010_001n },
    { state: "no-row" },
    { state: "no-row-invalidated" },
    { state: "no-table" },
    { state: "several-rows", readable: true, values: [2_010_001n, 1_010_001n] },
    { state: "several-rows", readable: false, values: [7n, 7n] },
    { state: "both", rows: [{ bound: 5n, kept: 3n }] },
    { state: "both", rows: [{ bound: 5n, kept: null }] },
    { state: "both", rows: [] },
  ];

  test.each(states.map((state) => [describeBoundState(state), state] as const))(
    "shows %s",
    (_name, state) => {
      expect(reading(readOutput({ state, readAt })).second.bound.state).toEqual(state);
    },
  );

  test("of a command that wrote tells how it stood before and how it stands now", () => {
    const after: Printed = { state: { state: "invalidated", kept: 9_007_199_254_740_993n }, readAt };
    const run = reading(writeOutput("invalidate", READABLE, after));
    expect(run.wrote).toBe("invalidate");
    expect(run.first.bound.state).toEqual(READABLE.state);
    expect(run.second.bound.state).toEqual(after.state);
  });

  test("may stand between what sqlplus says in passing", () => {
    const noisy = `Connected.\n${session(READABLE)}\n\nPL/SQL procedure successfully completed.\r\nRollback complete.\n${session(READABLE)}\nDisconnected from Oracle Database 19c\n`;
    expect(reading(noisy).first.bound.state).toEqual(READABLE.state);
  });

  test("may come with the warning that the password expires soon", () => {
    const warned = `ERROR:\nORA-28002: the password will expire within 7 days\n\n\nConnected.\n${readOutput(READABLE)}`;
    expect(reading(warned).first.bound.state).toEqual(READABLE.state);
    expect(reason(`ERROR:\nORA-28001: the password has expired\n${readOutput(READABLE)}`)).toContain(
      "ORA-28001",
    );
  });

  test("holds for every long", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: LONG_MAX }), (bound) => {
        const run = reading(readOutput({ state: { state: "readable", bound }, readAt }));
        expect(run.second.bound.state).toEqual({ state: "readable", bound });
      }),
    );
  });
});

describe("what is no whole output is refused", () => {
  const whole = readOutput(READABLE);
  const lines = whole.trimEnd().split("\n");

  test.each(lines.map((line, at) => [at, line] as const))("without line %i", (at) => {
    const text = lines.filter((_, index) => index !== at).join("\n");
    expect(reason(text)).not.toBe("accepted");
  });

  test.each([
    ["nothing", "", "empty"],
    ["one session", session(READABLE), "one session"],
    ["two runs", whole + whole, "several runs"],
    ["a cut line", whole.slice(0, -12), "does not belong|is cut"],
    [
      "a value as sqlplus rounds it",
      whole.replaceAll('"9007199254740993"', "9.0072E+15"),
      "not as the command|is cut",
    ],
    ["a typed sentence", "The bound is 9007199254740993", "does not belong"],
    ["a doubled row", whole.replace(/(lockstep\.row .*\n)/, "$1$1"), "missing or doubled"],
    ["an error of Oracle", `ORA-00942: table or view does not exist\n${whole}`, "ORA-00942"],
    [
      "a refused write",
      `ORA-20000: lockstep: refused: the table has not exactly 1 rows\n${whole}`,
      "refused",
    ],
    ["no connection", "SP2-0640: Not connected", "SP2-0640"],
    ["another table", whole.replaceAll("A__TIMESTAMP", "B__TIMESTAMP"), "another table"],
    [
      "two databases",
      `${session(READABLE)}\n${session({ ...READABLE, change: { system: "99" } })}`,
      "different databases",
    ],
  ])("%s", (_name, text, words) => {
    expect(reason(text)).toMatch(new RegExp(words));
  });

  test("a value that is rounded inside its quotes is no bound", () => {
    const run = reading(whole.replaceAll("9007199254740993", "9.0072E+15"));
    expect(run.second.bound.state).toMatchObject({ state: "unrecognised" });
    const fraction = reading(whole.replaceAll("9007199254740993", "9007199254740993.5"));
    expect(fraction.second.bound.state).toMatchObject({ state: "unrecognised" });
    const large = reading(whole.replaceAll("9007199254740993", "9223372036854775808"));
    expect(large.second.bound.state).toMatchObject({ state: "unrecognised" });
  });

  test("output of more than ten minutes ago, or from a clock that is off", () => {
    expect(reason(readOutput({ ...READABLE, readAt: "2026-11-21T11:54:00.000Z" }))).toContain(
      "11 minutes ago",
    );
    expect(reason(readOutput({ ...READABLE, readAt: "2026-11-21T12:16:00.000Z" }))).toContain("from now");
    expect(reason(readOutput({ ...READABLE, readAt: "2026-11-21T11:56:00.000Z" }))).toBe("accepted");
  });

  test("a table that the user may only not see is not taken for absent", () => {
    const hidden = readOutput({ state: { state: "no-table" }, readAt, change: { user: "READER" } });
    expect(reason(hidden)).toContain("Run the command as APP");
  });
});

describe("rights and role", () => {
  test("another user than the owner, and a standby, block", () => {
    const other = reading(readOutput({ ...READABLE, change: { user: "READER" } }));
    expect(other.second.rights.findings.find(({ code }) => code === "owner")?.verdict).toBe("blocking");
    const standby = reading(readOutput({ ...READABLE, change: { role: "PHYSICAL STANDBY" } }));
    expect(standby.second.rights.findings.find(({ code }) => code === "role")?.verdict).toBe("blocking");
    expect(standby.second.bound.server.inRecovery).toBe(true);
    const fine = reading(readOutput(READABLE)).second.rights.findings;
    expect(fine.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "warning"]);
  });

  test("a container is part of the database, and a hidden DBID is null", () => {
    const run = reading(readOutput({ ...READABLE, change: { container: "PDB1", system: null } }));
    expect(run.second.bound.identity).toMatchObject({ database: "ORCL/PDB1", system: null });
  });
});
