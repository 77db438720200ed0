import { AsyncLocalStorage } from "node:async_hooks";

import type { ActionInput, ActionOutcome, AuditedAction } from "#lib/audit/actions.ts";
import { AUDITED_ACTIONS } from "#lib/audit/actions.ts";
import type { AuditFacts, Subject } from "#lib/audit/append-entry.ts";
import { appendEntry } from "#lib/audit/append-entry.ts";
import { redact } from "#lib/audit/redaction.ts";
import { database } from "#lib/db/client.ts";
import { explainDatabaseError } from "#lib/db/transact-errors.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import type { Actor, Context } from "#lib/people/actor.ts";
import { refuseTokens } from "#lib/people/refuse-tokens.ts";

/** What a verb found out while it acted, for the audit row; each replaces what the act said before. */
export type Concluded<A extends AuditedAction> = {
  readonly subject?: Subject;
  readonly environmentId?: string | null;
  readonly migrationId?: string | null;
  readonly planHash?: string | null;
  readonly outcome?: ActionOutcome<A>;
  /** Only for sign-in and one-time links, where the act itself finds out who acts. */
  readonly actor?: Actor;
};

/** Something more that one act did, in its own words. */
export type FurtherAct = {
  readonly [A in AuditedAction]: {
    readonly action: A;
    readonly subject: Subject;
    readonly input: ActionInput<A>;
  };
}[AuditedAction];

/** One audited action. */
export type Act<A extends AuditedAction, Locked, Value> = {
  /** A name of `lib/audit/actions.ts`, which holds its input schema and its words. */
  readonly action: A;
  readonly subject: Subject;
  readonly environmentId?: string | null;
  readonly migrationId?: string | null;
  readonly planHash?: string | null;
  /** The parsed input; what of it is kept is decided by the marks on the action's schema. */
  readonly input?: ActionInput<A>;
  /**
   * Locks the rows that the decision rests on and decides: throws AppError `forbidden` or `fresh-sign-in-required` to refuse
   * (recorded as denied), or `not-found`, `stale`, `conflict` (not recorded). What it returns is handed to `fn`.
   */
  readonly allow: (tx: Tx) => Promise<Locked>;
  /** What else `fn` did that has a name of its own: a row for each, before this act's. */
  readonly also?: (value: Value) => readonly FurtherAct[];
  /** What the audit row says beyond the act itself, from what `fn` returned. */
  readonly conclude?: (value: Value, locked: Locked) => Concluded<A>;
};

const MAX_WAIT_MS = 5_000;
const TRANSACTION_MS = 15_000;
const DENIALS = ["forbidden", "unauthenticated", "fresh-sign-in-required"] as const;

const open = new AsyncLocalStorage<true>();

/**
 * The only way to a transaction on the console's database: authorises first (`allow`), runs `fn`, appends the audit rows last,
 * all in one READ COMMITTED transaction with lock time-outs. Without its audit row nothing happens. A refusal rolls back and
 * is recorded as `denied`, an unexpected failure after authorisation as `failed`, each in a transaction of its own. API tokens are refused
 * before `allow` is asked, whatever the act.
 * @throws AppError what `allow` or `fn` threw; `conflict` when a lock stayed taken
 * @throws InvariantError when called inside another `transact`
 */
export async function transact<A extends AuditedAction, Locked, Value>(
  ctx: Context,
  act: Act<A, Locked, Value>,
  fn: (tx: Tx, locked: Locked) => Promise<Value>,
): Promise<Value> {
  if (open.getStore() === true) throw new InvariantError(`transact("${act.action}") inside another transact`);
  let authorised = false;
  try {
    return await inTransaction(async (tx) => {
      refuseTokens(ctx.actor);
      const locked = await act.allow(tx);
      authorised = true;
      const value = await fn(tx, locked);
      for (const further of act.also?.(value) ?? [])
        await appendEntry(
          tx,
          factsOf(ctx, { environmentId: act.environmentId ?? null, ...further }, {}, "done"),
        );
      await appendEntry(tx, factsOf(ctx, act, act.conclude?.(value, locked) ?? {}, "done"));
      return value;
    });
  } catch (cause) {
    const error = explainDatabaseError(cause);
    if (isDenial(error)) await recordAlone(ctx, act, "denied", error);
    else if (authorised && !(error instanceof AppError)) await recordAlone(ctx, act, "failed", error);
    throw error;
  }
}

async function inTransaction<Value>(fn: (tx: Tx) => Promise<Value>): Promise<Value> {
  return open.run(true, async () =>
    database().$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT set_config('lock_timeout', '4s', true), set_config('statement_timeout', '10s', true),
          set_config('idle_in_transaction_session_timeout', '15s', true)`;
        return fn(tx);
      },
      { maxWait: MAX_WAIT_MS, timeout: TRANSACTION_MS, isolationLevel: "ReadCommitted" },
    ),
  );
}

async function recordAlone<A extends AuditedAction, Locked, Value>(
  ctx: Context,
  act: Act<A, Locked, Value>,
  result: "denied" | "failed",
  error: unknown,
): Promise<void> {
  const outcome = { [result === "denied" ? "because" : "error"]: reasonOf(error) };
  try {
    await inTransaction(async (tx) => appendEntry(tx, { ...factsOf(ctx, act, {}, result), outcome }));
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "The audit log cannot be written, so nothing was done. Look at the console's own database.",
      { cause: new AggregateError([error, cause]) },
    );
  }
}

/** What an audit row needs of an act, whichever it is. */
type Described = Pick<
  Act<AuditedAction, never, never>,
  "subject" | "environmentId" | "migrationId" | "planHash"
> & {
  readonly action: AuditedAction;
  readonly input?: unknown;
};

function factsOf(
  ctx: Context,
  act: Described,
  concluded: Omit<Concluded<AuditedAction>, "outcome"> & { readonly outcome?: unknown },
  result: AuditFacts["result"],
): AuditFacts {
  const kept = AUDITED_ACTIONS[act.action];
  return {
    actor: concluded.actor ?? ctx.actor,
    sourceAddress: ctx.sourceAddress,
    requestId: ctx.requestId,
    action: act.action,
    subject: concluded.subject ?? act.subject,
    environmentId: concluded.environmentId ?? act.environmentId ?? null,
    migrationId: concluded.migrationId ?? act.migrationId ?? null,
    planHash: concluded.planHash ?? act.planHash ?? null,
    input: act.input === undefined ? null : redact(kept.input, act.input),
    outcome: concluded.outcome === undefined ? null : redact(kept.outcome, concluded.outcome),
    result,
  };
}

function isDenial(error: unknown): error is AppError {
  return error instanceof AppError && DENIALS.some((code) => code === error.code);
}

/** Our own words for our own errors; of foreign ones only the class, since their text may hold values. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  if (error instanceof AdapterError) return error.code;
  return error instanceof Error ? error.name : "unknown error";
}
