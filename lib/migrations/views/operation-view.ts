import type { Operation, ResolvedOperation } from "#lib/engine/operation.ts";
import { operationPlace, operationTitle, repeatSafety, resolve } from "#lib/engine/operation.ts";
import type { Values } from "#lib/engine/reading.ts";
import { sequenceAt, storeAt, type Step, type Targets } from "#lib/engine/step.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import type { ClusterDto, StoreDto } from "#lib/inventory/schema.ts";
import { postgresConfigOf } from "#lib/inventory/open-store.ts";
import type { OperationView, StepView } from "#lib/migrations/schema.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
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
import { renderManual, type ManualCall, type ManualCluster } from "#lib/timelock/manual.ts";

type Command = OperationView["commands"][number];
type Check = StepView["checks"][number];

/** What commands are rendered from: where the systems are, who leads, and the state that a write would be guarded by. */
export type Places = {
  readonly targets: Targets;
  readonly store: StoreDto;
  readonly cluster: ClusterDto;
  readonly leader: string | null;
  readonly bound: BoundReading | null;
};

/** One operation with the commands that do the same by hand; without commands while a value of it is not known yet. */
export function operationView(template: Operation, values: Values, places: Places): OperationView {
  const resolved = resolve(template, values);
  const { on, role } = operationPlace(template);
  const place =
    on === "store"
      ? storeAt(places.targets, role).label
      : `${sequenceAt(places.targets, role).namespace} on ${sequenceAt(places.targets, role).label}`;
  return {
    title: operationTitle(resolved ?? template, place),
    target: place,
    commands: resolved === null ? [] : commandsOf(resolved, places),
    repeatable: repeatSafety(template) !== "compare-and-set",
  };
}

/** Stands for a value that is not known yet while a command is rendered; no sequence has it, and every cap lets it pass. */
const STAND_IN = 8_888_888_888_888_888_881n;

/** One operation as it is planned: as `operationView`, with `<TS>` in its commands in the place of a value that is taken later. */
export function plannedOperationView(template: Operation, values: Values, places: Places): OperationView {
  const known = operationView(template, values, places);
  if (!("to" in template) || values[template.to] !== undefined) return known;
  const { commands } = operationView(template, { ...values, [template.to]: STAND_IN }, places);
  const named = (text: string) => text.replaceAll(STAND_IN.toString(), `<${template.to}>`);
  return { ...known, commands: commands.map((one) => ({ ...one, text: named(one.text) })) };
}

function commandsOf(operation: ResolvedOperation, places: Places): Command[] {
  try {
    return "store" in operation ? [psql(operation, places)].flat() : curl(callOf(operation, places), places);
  } catch (error) {
    // No command is written where the adapter itself would refuse; the findings say why.
    if (error instanceof AppError || error instanceof AdapterError) return [];
    throw error;
  }
}

function callOf(operation: Extract<ResolvedOperation, { sequence: unknown }>, places: Places): ManualCall {
  const { namespace } = sequenceAt(places.targets, operation.sequence);
  return operation.kind === "timelock.claim"
    ? { kind: "ping", namespace }
    : { kind: "fast-forward", namespace, to: operation.to };
}

function curl(call: ManualCall, places: Places): Command[] {
  const rendered = renderManual(call, manualCluster(places.cluster), places.leader);
  const label = places.leader === null ? "first node" : "led when it was last read";
  return [
    { tool: "curl", label: `${rendered.first.node} (${label})`, text: rendered.first.command },
    ...rendered.others.map(({ node, command }) => ({ tool: "curl" as const, label: node, text: command })),
  ];
}

/** What curl commands need to know of a cluster; no secret. */
export function manualCluster(cluster: ClusterDto): ManualCluster {
  return {
    nodes: cluster.nodes.map((node) => node.url),
    basePath: cluster.basePath,
    hasToken: cluster.token.isSet,
    hasAuthority: cluster.caCertificates !== null,
    hasClientCertificate: cluster.clientCertificate !== null,
    serverName: cluster.serverName,
  };
}

function psql(operation: Extract<ResolvedOperation, { store: unknown }>, places: Places): Command[] {
  if (places.bound === null) return [];
  const target = manualStore(places.store);
  const guard: WriteGuard = { identity: places.bound.identity, expected: places.bound.state };
  return [command(places.store, renderOn(operation, target, guard))];
}

function renderOn(
  operation: Extract<ResolvedOperation, { store: unknown }>,
  target: ManualTarget,
  guard: WriteGuard,
): ManualCommand {
  switch (operation.kind) {
    case "store.invalidate":
      return renderInvalidate(target, guard);
    case "store.repair":
      return renderRepair(target, guard, operation.leave);
    case "store.restore":
      return renderRestore(target, guard, operation.to);
  }
}

function command(store: StoreDto, rendered: ManualCommand): Command {
  return { tool: "psql", label: store.name, text: rendered.shell };
}

/** Where psql would connect to; no secret. @throws AppError `invalid` when the store cannot be reached as it is described */
export function manualStore(store: StoreDto): ManualTarget {
  const { name, connection, tablePrefix, schema } = store;
  return postgresConfigOf({ name, connection, tablePrefix, schema, password: null, clientKey: null });
}

/** Read-only commands that verify a step by hand. */
export function checksOf(step: Step, places: Places): Check[] {
  const reads = [...step.reads, ...(step.kind === "act" ? step.readBack : [])].map((one) => one.kind);
  const checks: Check[] = [];
  try {
    const target = manualStore(places.store);
    if (reads.includes("store.bound")) {
      const text = renderReadBound(target).shell;
      checks.push({
        tool: "psql",
        label: `Bound in ${places.store.name}`,
        text,
        expect: "Paste its whole output here.",
      });
    }
    const schema = places.bound?.identity.schema ?? places.store.schema;
    if (reads.includes("store.punch") && schema !== null) {
      const text = renderReadPunch(target, schema).shell;
      checks.push({ tool: "psql", label: "Newest punch", text, expect: "Paste its whole output here." });
    }
    const sequence = places.targets.sequences[0];
    if (sequence && reads.includes("timelock.health")) {
      checks.push(
        ...curlCheck(
          { kind: "namespaces" },
          places,
          "200, and a list of the namespaces that the node knows.",
        ),
      );
    }
    if (sequence && reads.includes("timelock.fresh") && step.kind === "act") {
      const call = { kind: "fresh-timestamps", namespace: sequence.namespace, count: 1 } as const;
      checks.push(
        ...curlCheck(
          call,
          places,
          "200, and a timestamp above TS. It uses one up; Lockstep does not know of it until it is pasted.",
        ),
      );
    }
  } catch (error) {
    if (!(error instanceof AppError || error instanceof AdapterError)) throw error;
  }
  return checks;
}

function curlCheck(call: ManualCall, places: Places, expect: string): Check[] {
  return curl(call, places)
    .slice(0, 1)
    .map((one) => ({ ...one, expect }));
}
