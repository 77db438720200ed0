import type { State } from "#components/ui/state-mark.tsx";
import type { ApprovalInbox, ApprovalSummary, BreakGlassDto } from "#lib/approvals/schema.ts";
import type { ServiceStatus } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

/** Something that waits for a person, or is wrong. */
export interface AttentionItem {
  key: string;
  state: State;
  title: string;
  detail: string;
  href: string;
  /** Lower is more urgent. */
  rank: number;
}

/** A service as far as the list must know it, with its live state where it was read. */
export interface WatchedService {
  id: string;
  name: string;
  status: ServiceStatus | null;
}

/** What of the inbox waits for the person who looks. */
export type WaitingApprovals = Pick<ApprovalInbox, "waitingForMe" | "reviews">;

/**
 * Everything that needs a person, most urgent first: incidents, red states, unclear outcomes, unknown states, what somebody waits for,
 * warnings, waiting steps.
 */
export function attentionItems(
  migrations: readonly MigrationSummary[],
  services: readonly WatchedService[],
  approvals: WaitingApprovals = { waitingForMe: [], reviews: [] },
): AttentionItem[] {
  const underway = new Set(
    migrations.filter(({ state }) => state === "open").map(({ service }) => service.id),
  );
  return [
    ...migrations.filter(isOpen).flatMap(migrationItems),
    ...approvals.waitingForMe.map(requestItem),
    ...approvals.reviews.filter(({ canReview }) => canReview).map(reviewItem),
    ...services.flatMap((service) => serviceItems(service, underway.has(service.id))),
  ].toSorted((left, right) => left.rank - right.rank || left.title.localeCompare(right.title));
}

/** Whether a migration is not over yet. */
export function isOpen({ state }: MigrationSummary): boolean {
  return state === "open" || state === "watching";
}

function migrationItems(migration: MigrationSummary): AttentionItem[] {
  const { id, service, runbookTitle, openIncidents, step } = migration;
  const what = `${service.name} · ${runbookTitle}`;
  const href = `/migrations/${id}`;
  const items: AttentionItem[] = [];
  if (openIncidents > 0) {
    const words = openIncidents === 1 ? "One incident is open" : `${openIncidents} incidents are open`;
    items.push({
      key: `${id} incident`,
      state: "blocked",
      title: what,
      detail: `${words}. Stop all clients until it is settled.`,
      href,
      rank: 0,
    });
  }
  if (step?.state === "uncertain") {
    items.push({
      key: `${id} uncertain`,
      state: "unknown",
      title: what,
      detail: `Step ${step.number}, ${step.title}: its outcome is not known. Settle it by reading the system again.`,
      href,
      rank: 2,
    });
  } else if (step?.state === "current") {
    items.push({
      key: `${id} waiting`,
      state: "running",
      title: what,
      detail: `Step ${step.number} of ${step.of} waits: ${step.title}.`,
      href,
      rank: 7,
    });
  }
  return items;
}

function requestItem({ id, unitTitle, service, environment, requestedBy }: ApprovalSummary): AttentionItem {
  return {
    key: `${id} approval`,
    state: "warning",
    title: `${service.name} · ${unitTitle}`,
    detail: `${requestedBy} asks for your approval in ${environment.name}.`,
    href: `/approvals/${id}`,
    rank: 4,
  };
}

function reviewItem({ id, requestId, unitTitle, by }: BreakGlassDto): AttentionItem {
  return {
    key: `${id} review`,
    state: "warning",
    title: `Broken glass: ${unitTitle}`,
    detail: `${by} went ahead without the approvals. Your review is asked for.`,
    href: `/approvals/${requestId}`,
    rank: 5,
  };
}

function serviceItems({ id, name, status }: WatchedService, underway: boolean): AttentionItem[] {
  if (status === null || status.level === "pass") return [];
  // Half-way states are what an open migration is made of: its own page judges them.
  if (underway && status.level !== "unknown") return [];
  const look = { blocking: ["blocked", 1], unknown: ["unknown", 3], warning: ["warning", 6] } as const;
  const [state, rank] = look[status.level];
  return [
    { key: `${id} state`, state, title: name, detail: `${status.title}.`, href: `/services/${id}`, rank },
  ];
}
