import type { ResolvedOperation } from "#lib/engine/operation.ts";
import { cassandraConfigOf } from "#lib/inventory/open-store.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { OperationView } from "#lib/migrations/schema.ts";
import {
  type ManualCommand,
  type ManualGuard,
  type ManualTarget,
  renderInvalidate,
  renderReadBound,
  renderReadLocally,
  renderReadPunch,
  renderRepair,
  renderRestore,
  renderTruncateInsert,
  TRUNCATE_WARNING,
} from "#lib/stores/cassandra/manual.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

type Command = OperationView["commands"][number];
type StoreOperation = Extract<ResolvedOperation, { store: unknown }>;

/** Where cqlsh would connect to; no secret. @throws AppError `invalid` when the store cannot be reached as it is described */
export function cassandraTargetOf({ name, connection, tablePrefix, schema }: StoreDto): ManualTarget {
  return cassandraConfigOf({ name, connection, tablePrefix, schema, password: null, clientKey: null });
}

/**
 * The cqlsh commands of an operation on a Cassandra store, guarded by the cells that were read; setting the bound also in the documents'
 * way, with its danger beside it. @throws AppError where the adapter itself would refuse
 */
export function cassandraWrites(store: StoreDto, operation: StoreOperation, bound: BoundReading): Command[] {
  const target = { ...cassandraTargetOf(store), version: bound.server.version };
  const guard = { identity: bound.identity, expected: bound.state, raw: bound.raw };
  const { shell } = guarded(operation, target, guard);
  const command = { tool: "cqlsh", label: store.name, text: shell } as const;
  if (operation.kind !== "store.restore" || bound.state.state === "no-table") return [command];
  const documents = renderTruncateInsert(target, guard, operation.to);
  return [
    command,
    {
      tool: "cqlsh",
      label: `${store.name}, the documents' way`,
      text: documents.shell,
      note: TRUNCATE_WARNING,
    },
  ];
}

/** The cqlsh commands that read a Cassandra store. @throws AppError */
export function cassandraReads(store: StoreDto): (Command & { readonly shows: "bound" | "punch" })[] {
  const target = cassandraTargetOf(store);
  const bound = { tool: "cqlsh", shows: "bound" } as const;
  return [
    { ...bound, label: `Bound in ${store.name}`, text: renderReadBound(target).shell },
    {
      ...bound,
      label: "Bound as AtlasDB reads it, at a node of each data centre",
      text: renderReadLocally(target).shell,
    },
    { tool: "cqlsh", label: "Newest punch", text: renderReadPunch(target).shell, shows: "punch" },
  ];
}

function guarded(operation: StoreOperation, target: ManualTarget, guard: ManualGuard): ManualCommand {
  switch (operation.kind) {
    case "store.invalidate":
      return renderInvalidate(target, guard);
    case "store.repair":
      return renderRepair(target, guard, operation.leave);
    case "store.restore":
      return renderRestore(target, guard, operation.to);
  }
}
