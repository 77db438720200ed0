import type { ResolvedOperation } from "#lib/engine/operation.ts";
import { postgresConfigOf } from "#lib/inventory/open-store.ts";
import { oracleTargetOf } from "#lib/inventory/oracle-target.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { OperationView } from "#lib/migrations/schema.ts";
import { cassandraReads, cassandraWrites } from "#lib/migrations/views/cassandra-commands.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import {
  type OracleCommand,
  renderOracleInvalidate,
  renderOracleRead,
  renderOracleRepair,
  renderOracleRestore,
  WRITE_WARNING,
} from "#lib/stores/oracle/manual.ts";
import type { OracleTarget } from "#lib/stores/oracle/target.ts";
import {
  renderInvalidate,
  renderReadBound,
  renderReadPunch,
  renderRepair,
  renderRestore,
  type ManualCommand,
  type ManualTarget,
} from "#lib/stores/postgres/manual.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

/** One command as the pages show it. */
export type Command = OperationView["commands"][number];

/** An operation on a store. */
export type StoreOperation = Extract<ResolvedOperation, { store: unknown }>;

/** A read-only command, and what its output shows. */
export type ReadCommand = Command & { readonly shows: "bound" | "punch" };

/**
 * The commands that do by hand what Lockstep does on a store, guarded by the same identity and state, for its kind's own tool.
 * @throws AppError or AdapterError where the adapter itself would refuse
 */
export function writeCommands(store: StoreDto, operation: StoreOperation, bound: BoundReading): Command[] {
  const guard = { identity: bound.identity, expected: bound.state };
  switch (store.connection.kind) {
    case "postgres":
      return [
        { tool: "psql", label: store.name, text: onPostgres(operation, manualStore(store), guard).shell },
      ];
    case "oracle": {
      const { shell } = onOracle(operation, oracleTargetOf(store), guard);
      return [{ tool: "sqlplus", label: store.name, text: shell, note: WRITE_WARNING }];
    }
    case "cassandra":
      return cassandraWrites(store, operation, bound);
  }
}

/** The commands that read a store by hand. `schema`: where the table was seen, null while it was not. @throws AppError */
export function readCommands(store: StoreDto, schema: string | null): ReadCommand[] {
  switch (store.connection.kind) {
    case "postgres": {
      const target = manualStore(store);
      const bound = {
        tool: "psql",
        label: `Bound in ${store.name}`,
        text: renderReadBound(target).shell,
      } as const;
      if (schema === null) return [{ ...bound, shows: "bound" }];
      const punch = {
        tool: "psql",
        label: "Newest punch",
        text: renderReadPunch(target, schema).shell,
      } as const;
      return [
        { ...bound, shows: "bound" },
        { ...punch, shows: "punch" },
      ];
    }
    case "oracle": {
      const { shell } = renderOracleRead(oracleTargetOf(store));
      const label = `Bound, newest punch and newest transaction in ${store.name}`;
      return [{ tool: "sqlplus", label, text: shell, shows: "bound" }];
    }
    case "cassandra":
      return cassandraReads(store);
  }
}

/** Where psql would connect to; no secret. @throws AppError `invalid` when the store cannot be reached as it is described */
export function manualStore(store: StoreDto): ManualTarget {
  const { name, connection, tablePrefix, schema } = store;
  return postgresConfigOf({ name, connection, tablePrefix, schema, password: null, clientKey: null });
}

function onPostgres(operation: StoreOperation, target: ManualTarget, guard: WriteGuard): ManualCommand {
  switch (operation.kind) {
    case "store.invalidate":
      return renderInvalidate(target, guard);
    case "store.repair":
      return renderRepair(target, guard, operation.leave);
    case "store.restore":
      return renderRestore(target, guard, operation.to);
  }
}

function onOracle(operation: StoreOperation, target: OracleTarget, guard: WriteGuard): OracleCommand {
  switch (operation.kind) {
    case "store.invalidate":
      return renderOracleInvalidate(target, guard);
    case "store.repair":
      return renderOracleRepair(target, guard, operation.leave);
    case "store.restore":
      return renderOracleRestore(target, guard, operation.to);
  }
}
