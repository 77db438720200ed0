import { AppError } from "#lib/errors.ts";
import { afterInvalidate, afterRepair, afterRestore, type Transition } from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { readBlock } from "#lib/stores/oracle/read-block.ts";
import { connectIdentifier, type OracleTarget, requireUser } from "#lib/stores/oracle/target.ts";
import { writeBlock } from "#lib/stores/oracle/write-block.ts";

/** A command for a person's own terminal. `shell` is complete; `sql` is what sqlplus is sent; `variables` must be set before. */
export type OracleCommand = {
  readonly shell: string;
  readonly sql: string;
  readonly variables: readonly string[];
};

const END = "LOCKSTEP_SQL";
const PASSWORD = "ORACLE_PASSWORD";

/**
 * Said beside every command that writes. What Lockstep does by itself on other stores is one transaction that can be rolled back; this
 * is not.
 */
export const WRITE_WARNING =
  "No Oracle server was at hand to try this on: read it before you run it. Oracle commits by itself before and after a column is renamed or a table created, so nothing after that can be rolled back, and somebody who writes at that very moment is not shut out. All clients must be stopped. The block refuses unless the table is exactly as expected, raises values before it makes a bound readable, and a second session reads what became of it.";

/**
 * Reads bound, newest punch and newest transaction in two sessions, one after the other; its whole output goes through
 * `decodePastedOracle`. Changes nothing. @throws AppError `invalid` for names with which no command can be written
 */
export function renderOracleRead(target: OracleTarget): OracleCommand {
  return render(target, [readBlock(target), readBlock(target)]);
}

/** Invalidates, guarded by identity and state: reads, writes, and reads again in a session of its own. @throws AppError where it would be refused */
export function renderOracleInvalidate(target: OracleTarget, guard: WriteGuard): OracleCommand {
  return renderWrite(target, guard, afterInvalidate(guard.expected, "oracle"), "invalidate");
}

/** Restores to `to`, likewise. @throws AppError where it would be refused */
export function renderOracleRestore(target: OracleTarget, guard: WriteGuard, to: bigint): OracleCommand {
  return renderWrite(target, guard, afterRestore(guard.expected, to), "restore");
}

/** Repairs, likewise. @throws AppError where it would be refused */
export function renderOracleRepair(
  target: OracleTarget,
  guard: WriteGuard,
  leave: "readable" | "invalidated",
): OracleCommand {
  return renderWrite(target, guard, afterRepair(guard.expected, leave), "repair");
}

function renderWrite(
  target: OracleTarget,
  guard: WriteGuard,
  decision: Transition,
  what: string,
): OracleCommand {
  if (!decision.ok) throw new AppError("invalid", decision.message);
  const first = `${readBlock(target)}\n${writeBlock(guard, decision.after, what)}`;
  return render(target, [first, readBlock(target)]);
}

/** Makes sqlplus print lines as they are, stop at the first error, and never commit by leaving. */
const SETTINGS = [
  "SET DEFINE OFF ECHO OFF VERIFY OFF FEEDBACK OFF HEADING OFF TIMING OFF TAB OFF TRIMOUT ON PAGESIZE 0 LINESIZE 32767",
  "SET SQLBLANKLINES ON AUTOCOMMIT OFF EXITCOMMIT OFF",
  "WHENEVER OSERROR EXIT FAILURE ROLLBACK",
  "WHENEVER SQLERROR EXIT FAILURE ROLLBACK",
];
const OUTPUT = "SET SERVEROUTPUT ON SIZE UNLIMITED FORMAT TRUNCATED";

/** Each block has a session of its own. The password reaches sqlplus by a pipe: it stands in no argument and in no file. */
function render(target: OracleTarget, blocks: readonly string[]): OracleCommand {
  const user = requireUser(target.user);
  const connect = `printf 'CONNECT %s/"%s"@%s\\n' '${user}' "$${PASSWORD}" '${connectIdentifier(target)}'`;
  const parts = blocks.flatMap((block, index) => [
    heredoc(index === 0 ? SETTINGS.join("\n") : ""),
    connect,
    heredoc([OUTPUT, block].join("\n")),
  ]);
  const shell = [
    "{",
    ...parts.filter((part) => part !== ""),
    heredoc("EXIT SUCCESS ROLLBACK"),
    "} | sqlplus -S -L /nolog",
  ].join("\n");
  return { shell, sql: blocks.join("\n"), variables: [PASSWORD] };
}

function heredoc(text: string): string {
  return text === "" ? "" : `cat <<'${END}'\n${text}\n${END}`;
}
