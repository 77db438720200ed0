import { describe, expect, it } from "vitest";

import { attentionItems } from "#components/dashboard/attention.ts";
import type { ApprovalSummary, BreakGlassDto } from "#lib/approvals/schema.ts";
import type { ServiceStatus } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

const ID = "3f8a1a55-6a0a-4c29-9d2e-2b1f4f0d7f1";

function migration(change: Partial<MigrationSummary>): MigrationSummary {
  return {
    id: `${ID}0`,
    runbookTitle: "Move to TimeLock",
    service: { id: `${ID}1`, name: "orders" },
    environment: { id: `${ID}2`, name: "production", tier: "production", colour: "red" },
    state: "open",
    step: { number: 4, of: 9, title: "Fast-forward TimeLock", state: "current" },
    openIncidents: 0,
    startedAt: "2026-11-21T12:00:00.000Z",
    startedBy: "Ada",
    ...change,
  };
}

function service(id: string, level: ServiceStatus["level"] | null) {
  const status = {
    serviceId: `${ID}${id}`,
    at: "2026-11-21T12:00:00.000Z",
    recordedSource: "embedded" as const,
    state: "embedded" as const,
    title: `title ${id}`,
    detail: "",
    remedy: null,
    bound: null,
    readings: [],
    proof: { terms: [], links: [] },
    findings: [],
  };
  return { id: `${ID}${id}`, name: `service ${id}`, status: level === null ? null : { ...status, level } };
}

describe("attentionItems", () => {
  it("puts what is worst first", () => {
    const uncertain = { number: 6, of: 9, title: "Invalidate", state: "uncertain" } as const;
    const items = attentionItems(
      [
        migration({}),
        migration({
          id: `${ID}3`,
          service: { id: `${ID}4`, name: "users" },
          step: uncertain,
          openIncidents: 2,
        }),
      ],
      [
        service("5", "warning"),
        service("6", "unknown"),
        service("7", "blocking"),
        service("8", "pass"),
        service("9", null),
      ],
    );
    expect(items.map(({ state, title }) => [state, title])).toEqual([
      ["blocked", "users · Move to TimeLock"],
      ["blocked", "service 7"],
      ["unknown", "users · Move to TimeLock"],
      ["unknown", "service 6"],
      ["warning", "service 5"],
      ["running", "orders · Move to TimeLock"],
    ]);
    expect(items[0]?.detail).toContain("2 incidents");
  });

  it("leaves the half-way states of a service to its open migration, but never what is unknown", () => {
    expect(attentionItems([migration({ step: null })], [service("1", "blocking")])).toEqual([]);
    expect(attentionItems([migration({ step: null })], [service("1", "unknown")])).toHaveLength(1);
    expect(
      attentionItems([migration({ step: null, state: "watching" })], [service("1", "blocking")]),
    ).toHaveLength(1);
    expect(attentionItems([migration({ state: "done" })], [service("1", "blocking")])).toHaveLength(1);
  });

  it("puts what others wait for before warnings, and never a review that this person cannot give", () => {
    const request: ApprovalSummary = {
      id: `${ID}a`,
      number: 1,
      migrationId: `${ID}0`,
      runbookTitle: "Move to TimeLock",
      environment: { id: `${ID}2`, name: "production", tier: "production", colour: "red" },
      service: { id: `${ID}1`, name: "orders" },
      unit: "fast-forward",
      unitTitle: "Fast-forward TimeLock to TS",
      danger: "destructive",
      planHash: "7f3a",
      requestedBy: "Ada",
      requestedAt: "2026-11-21T12:00:00.000Z",
      status: {
        state: "pending",
        executable: false,
        needed: 1,
        counted: 0,
        missing: 1,
        until: null,
        countedBy: [],
        notCounted: [],
        reason: "",
      },
      mine: false,
      waitsForMe: true,
    };
    const glass: BreakGlassDto = {
      id: `${ID}b`,
      migrationId: `${ID}0`,
      requestId: `${ID}a`,
      unit: "fast-forward",
      unitTitle: "Fast-forward TimeLock to TS",
      by: "Ada",
      byId: `${ID}c`,
      at: "2026-11-21T12:00:00.000Z",
      reason: "It could not wait.",
      skipped: [],
      review: null,
      canReview: true,
      reviewBlockedBecause: null,
    };
    const reviews = [glass, { ...glass, id: `${ID}d`, canReview: false }];
    const items = attentionItems([migration({})], [service("5", "warning")], {
      waitingForMe: [request],
      reviews,
    });
    expect(items.map(({ title }) => title)).toEqual([
      "orders · Fast-forward TimeLock to TS",
      "Broken glass: Fast-forward TimeLock to TS",
      "service 5",
      "orders · Move to TimeLock",
    ]);
    expect(items[0]?.detail).toContain("Ada asks");
  });

  it("does not nag about finished migrations or running steps", () => {
    expect(
      attentionItems(
        [
          migration({ state: "abandoned" }),
          migration({ state: "open", step: { number: 1, of: 9, title: "x", state: "running" } }),
        ],
        [],
      ),
    ).toEqual([]);
  });
});
