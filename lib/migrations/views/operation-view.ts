import type { Operation, ResolvedOperation } from "#lib/engine/operation.ts";
import { operationPlace, operationTitle, repeatSafety, resolve } from "#lib/engine/operation.ts";
import type { ReadingRequest, Role, Values } from "#lib/engine/reading.ts";
import { hasPlaceOf, sequenceAt, storeAt, type Step, type Targets } from "#lib/engine/step.ts";
import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import type { ClusterDto, StoreDto } from "#lib/inventory/schema.ts";
import type { OperationView, StepView } from "#lib/migrations/schema.ts";
import { moveCommands, withoutHands } from "#lib/migrations/views/move-commands.ts";
import {
  readCommands,
  writeCommands,
  type Command,
  type StoreOperation,
} from "#lib/migrations/views/store-commands.ts";
import type { BoundReading } from "#lib/stores/schema.ts";
import { longToHex } from "#lib/timestamps/long.ts";
import { renderManual, type ManualCall, type ManualCluster } from "#lib/timelock/manual.ts";

type Check = StepView["checks"][number];

/** A store, and the state of its bound that a write would be guarded by; null while it was not read. */
export type StorePlace = { readonly store: StoreDto; readonly bound: BoundReading | null };

/** What commands are rendered from: where the systems are, and who leads. `destination`: the second store of a migration that has two. */
export type Places = StorePlace & {
  readonly targets: Targets;
  readonly destination: StorePlace | null;
  /** Of every sequence. */
  readonly clusters: readonly ClusterDto[];
  /** The node that led a sequence when it was last read. */
  readonly leaders: Readonly<Partial<Record<Role, string>>>;
};

/** The cluster of the sequence in a role. @throws InvariantError when the migration has none there */
export function clusterAt(
  { targets, clusters }: Pick<Places, "targets" | "clusters">,
  role: Role,
): ClusterDto {
  const { clusterId } = sequenceAt(targets, role);
  const one = clusters.find(({ id }) => id === clusterId);
  if (one === undefined) throw new InvariantError("a sequence of this migration is on no known cluster");
  return one;
}

/** The store in a role. */
export function storePlace({ destination, store, bound }: Places, role: Role): StorePlace {
  return role === "destination" && destination !== null ? destination : { store, bound };
}

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
    withoutHands: withoutHands(template),
    commands: resolved === null ? [] : commandsOf(resolved, places),
    repeatable: repeatSafety(template) !== "compare-and-set",
  };
}

/** The operation of an attempt, as it was recorded, with the commands that do the same by hand from how things stand now. */
export function attemptOperationView(operation: ResolvedOperation, places: Places): OperationView {
  const { on, role } = operationPlace(operation);
  const place = on === "store" ? storeAt(places.targets, role).label : sequenceAt(places.targets, role).label;
  return {
    title: operationTitle(operation, place),
    target: place,
    withoutHands: withoutHands(operation),
    commands: commandsOf(operation, places),
    repeatable: false,
  };
}

/** Stands for a value that is not known yet while a command is rendered; no sequence has it, and every cap lets it pass. */
const STAND_IN = 8_888_888_888_888_888_881n;

/** One operation as it is planned: as `operationView`, with `<TS>` in its commands in the place of a value that is taken later. */
export function plannedOperationView(template: Operation, values: Values, places: Places): OperationView {
  const known = operationView(template, values, places);
  if (!("to" in template) || values[template.to] !== undefined) return known;
  const { commands } = operationView(template, { ...values, [template.to]: STAND_IN }, places);
  const named = (text: string) =>
    text
      .replaceAll(STAND_IN.toString(), `<${template.to}>`)
      .replaceAll(longToHex(STAND_IN), `<${template.to} as 16 hexadecimal digits>`);
  return { ...known, commands: commands.map((one) => ({ ...one, text: named(one.text) })) };
}

function commandsOf(operation: ResolvedOperation, places: Places): Command[] {
  try {
    if ("into" in operation) return moveCommands(operation);
    return "store" in operation
      ? onStore(operation, places)
      : curl(callOf(operation, places), places, operation.sequence);
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

function curl(call: ManualCall, places: Places, at: Role): Command[] {
  const leader = places.leaders[at] ?? null;
  const rendered = renderManual(call, manualCluster(clusterAt(places, at)), leader);
  const label = leader === null ? "first node" : "led when it was last read";
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

/** By hand on the store, guarded by the state that was read; nothing while it was not. */
function onStore(operation: StoreOperation, places: Places): Command[] {
  const { store, bound } = storePlace(places, operation.store);
  if (bound === null) return [];
  return writeCommands(store, operation, bound);
}

/** Read-only commands that verify a step by hand, and the one that takes a timestamp where nothing else can show it. */
export function checksOf(step: Step, places: Places): Check[] {
  const reads = [...step.reads, ...(step.kind === "act" ? step.readBack : [])].filter((one) =>
    hasPlaceOf(places.targets, one),
  );
  const kinds = reads.map((one) => one.kind);
  try {
    return [
      ...storeChecks(kinds, places),
      ...reads.flatMap((one) =>
        one.kind === "timelock.health"
          ? curlCheck({ kind: "namespaces" }, places, one.sequence, NAMES_EXPECTED)
          : [],
      ),
      ...reads.flatMap((request) => freshChecks(step, request, places)),
    ];
  } catch (error) {
    if (error instanceof AppError || error instanceof AdapterError) return [];
    throw error;
  }
}

function storeChecks(kinds: readonly ReadingRequest["kind"][], { store, bound }: Places): Check[] {
  const schema = bound?.identity.schema ?? store.schema;
  const wanted = readCommands(store, schema).filter(({ shows }) => kinds.includes(`store.${shows}`));
  return wanted.map(({ tool, label, text }) => ({
    tool,
    label,
    text,
    expect: "Paste its whole output here.",
  }));
}

function freshChecks(step: Step, request: ReadingRequest, places: Places): Check[] {
  if (request.kind !== "timelock.fresh" || step.kind === "operator") return [];
  if (step.kind === "gate" && request.above !== null) return [];
  const { namespace } = sequenceAt(places.targets, request.sequence);
  const above = request.above === null ? "" : ` above ${request.above}`;
  const expect = `200, and a timestamp${above}. It uses one up; Lockstep does not know of it until it is pasted.`;
  return curlCheck({ kind: "fresh-timestamps", namespace, count: 1 }, places, request.sequence, expect);
}

const NAMES_EXPECTED = "200, and a list of the namespaces that the node knows.";

function curlCheck(call: ManualCall, places: Places, at: Role, expect: string): Check[] {
  return curl(call, places, at)
    .slice(0, 1)
    .map((one) => ({ ...one, expect }));
}
