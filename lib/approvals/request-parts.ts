import type { RequestContext } from "#lib/approvals/approval-rows.ts";
import type { RequestRow } from "#lib/approvals/load-requests.ts";
import { planDifferences } from "#lib/approvals/plan-differences.ts";
import type { ApprovalRequestDto, ApprovalStepDto, LateBoundDto } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import { valuesNeeded } from "#lib/engine/operation.ts";
import { VALUE_NAMES } from "#lib/engine/reading.ts";
import { valuesOf } from "#lib/migrations/load-migration.ts";
import { plannedOperationView } from "#lib/migrations/views/operation-view.ts";
import { conditionWords, readingViews } from "#lib/migrations/views/reading-view.ts";
import type { ViewInput } from "#lib/migrations/views/step-view.ts";

/** The steps of the unit as planned, with every operation and the commands that do the same by hand. */
export function stepsOf({ unit, migration }: RequestContext, { places }: ViewInput): ApprovalStepDto[] {
  const values = valuesOf(migration.steps);
  return (unit?.steps ?? []).map((step) => ({
    id: step.id,
    number: migration.runbook.steps.findIndex((one) => one.id === step.id) + 1,
    title: step.title,
    purpose: step.purpose,
    irreversible: step.irreversible,
    done: migration.steps.find((one) => one.id === step.id)?.state === "done",
    operations: step.templates.map((template) => plannedOperationView(template, values, places)),
    conditions: step.reads.map(conditionWords),
    undo: {
      possible: step.undo.kind !== "none",
      text: step.undo.text,
      leavesBehind: [...step.undo.leaves],
    },
  }));
}

/** The late-bound values of the unit: the predicate that is approved, and afterwards what met it. */
export function lateBoundOf({ unit, migration }: RequestContext): LateBoundDto[] {
  const templates = (unit?.steps ?? []).flatMap((step) => step.templates);
  const used = new Set(templates.flatMap(valuesNeeded));
  return VALUE_NAMES.filter((name) => used.has(name)).map((name) => {
    const settled = migration.steps.find((step) => step.state === "done" && step.fixed[name] !== undefined);
    const title = migration.runbook.steps.find((step) => step.id === settled?.id)?.title;
    return {
      name,
      predicate: migration.runbook.predicates[name] ?? "",
      value: settled?.fixed[name]?.toString() ?? null,
      settledBy: title ?? null,
      readings: readingViews(settled?.readings ?? [], migration.targets),
    };
  });
}

/** Who and what is touched when the unit is executed, or goes wrong. */
export async function blastRadiusOf({
  migration,
}: RequestContext): Promise<ApprovalRequestDto["blastRadius"]> {
  const { serviceId, targets } = migration;
  const storeIds = targets.stores.map(({ storeId }) => storeId);
  const places = targets.sequences.map(({ clusterId, namespace }) => ({ clusterId, namespace }));
  const [nodes, dependents, others] = await Promise.all([
    database().serviceNode.findMany({ where: { serviceId }, orderBy: { position: "asc" } }),
    database().serviceDependent.findMany({ where: { serviceId }, orderBy: { position: "asc" } }),
    database().service.findMany({
      where: { id: { not: serviceId }, archivedAt: null, OR: [{ storeId: { in: storeIds } }, ...places] },
      orderBy: { name: "asc" },
    }),
  ]);
  const services = others.map((one) => ({
    id: one.id,
    name: one.name,
    shares: storeIds.includes(one.storeId) ? "the same store" : `the namespace ${one.namespace ?? ""}`,
  }));
  return {
    nodes: nodes.map(({ name, kind, address }) => ({ name, kind, address })),
    dependents: dependents.map(({ name, note }) => ({ name, note })),
    services,
    summary: [
      count(nodes.length, "node or job", "nodes and jobs"),
      count(dependents.length, "dependent", "dependents"),
      count(services.length, "other service", "other services"),
    ].join(", "),
  };
}

function count(number: number, one: string, many: string): string {
  return `${number === 0 ? "no" : number} ${number === 1 ? one : many}`;
}

/** The plan that was approved last for the same service and runbook before this request, and where it differs. */
export async function lastApprovedOf(row: RequestRow): Promise<ApprovalRequestDto["lastApproved"]> {
  const last = await database().approvalRequest.findFirst({
    where: {
      serviceId: row.serviceId,
      runbook: row.runbook,
      id: { not: row.id },
      completedAt: { not: null },
      requestedAt: { lte: row.requestedAt },
    },
    orderBy: { completedAt: "desc" },
  });
  if (last === null || last.completedAt === null) return null;
  return {
    planHash: last.planHash,
    approvedAt: last.completedAt.toISOString(),
    differences: [...planDifferences(last.plan, row.plan)],
  };
}
