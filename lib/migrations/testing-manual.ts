import { database } from "#lib/db/client.ts";
import { resolve } from "#lib/engine/operation.ts";
import { sequenceAt, type ActStep } from "#lib/engine/step.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import type { Scenario } from "#lib/migrations/testing.ts";
import { afterInvalidate, afterRepair, afterRestore } from "#lib/stores/bound-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

/** What a person does with a rendered command elsewhere: the whole output that it prints, and the effect that it has. */
export type ByHand = { readonly text: string; readonly carryOut: () => Promise<void> };

const NODE = "https://timelock-1.test:8421";

/** What curl prints for a call to TimeLock. */
export function curlOutput(status: number, call: string, body = ""): string {
  return `${body}\nlockstep status=${status} ${call} node=${NODE} location=\n`;
}

/** What psql prints for the fake store in a state of one column and at most one row. */
export function psqlOutput(state: BoundState): string {
  const invalid = state.state === "invalidated" || state.state === "no-row-invalidated";
  const column = invalid ? "legacy_last_allocated" : "last_allocated";
  const value = state.state === "invalidated" ? state.kept : state.state === "readable" ? state.bound : null;
  return [
    `lockstep.server {"port": 5432, "schema": "public", "address": "10.0.0.5", "read_at": "2026-11-21T12:04:30.625728Z", "version": "15.18", "database": "fake", "recovery": false}`,
    `lockstep.table {"oid": "1", "kind": "r", "table": "_timestamp", "schema": "public", "visible": true}`,
    `lockstep.column {"oid": "1", "name": "${column}", "type": "bigint"}`,
    ...(value === null ? [] : [`lockstep.row {"oid": "1", "row": {"${column}": "${value}"}}`]),
    `lockstep.rows {"oid": "1", "count": ${value === null ? 0 : 1}}`,
    `lockstep.end {"tables": 1}`,
    "",
  ].join("\n");
}

/** The output and effect of the first operation that a step is planned with; null where the step would do nothing now. */
export async function manualOutput(scenario: Scenario, id: string, step: ActStep): Promise<ByHand | null> {
  const { steps, targets } = await loadMigration(database(), id);
  const [template] = step.templates;
  const operation = template === undefined ? null : resolve(template, valuesOf(steps));
  if (operation === null) return null;
  const { control, store, engine } = scenario;
  switch (operation.kind) {
    case "move.set-up":
      return {
        text: "INFO Validation complete.",
        carryOut: async () => {
          await scenario.destination.move.setUp(LONG_MAX);
          scenario.destination.move.filledByHand = true;
        },
      };
    case "move.take-start":
    case "move.commit-start":
    case "move.copy":
    case "move.validate":
      return null;
    case "timelock.claim": {
      const { namespace } = sequenceAt(targets, operation.sequence);
      return {
        text: curlOutput(200, `call=ping namespace=${namespace}`, '"pong"'),
        carryOut: async () => {
          const timelock = await engine.systems.openTimelock("", "long");
          await timelock.ping(namespace);
        },
      };
    }
    case "timelock.fast-forward": {
      const { namespace } = sequenceAt(targets, operation.sequence);
      const stands = control.storedBound(namespace);
      if (stands !== null && stands >= operation.to) return null;
      return {
        text: curlOutput(204, `call=fast-forward namespace=${namespace} to=${operation.to}`),
        carryOut: async () => {
          const timelock = await engine.systems.openTimelock("", "long");
          await timelock.fastForward(namespace, operation.to);
        },
      };
    }
    case "store.invalidate":
      return onStore(afterInvalidate(store.state, store.kind));
    case "store.repair":
      return onStore(afterRepair(store.state, operation.leave));
    case "store.restore":
      return onStore(afterRestore(store.state, operation.to));
  }

  function onStore(decided: ReturnType<typeof afterRestore>): ByHand | null {
    if (!decided.ok) return null;
    return { text: psqlOutput(decided.after), carryOut: async () => store.place(decided.after) };
  }
}
