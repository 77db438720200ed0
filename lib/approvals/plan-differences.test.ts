import { describe, expect, test } from "vitest";

import { planDifferences } from "#lib/approvals/plan-differences.ts";
import { makePlan, planHash } from "#lib/engine/plan.ts";
import type { Targets } from "#lib/engine/step.ts";
import { dangerOf, unitsOf } from "#lib/engine/unit.ts";
import { toTimelock } from "#lib/runbooks/to-timelock.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function targets(
  change: { readonly namespace?: string; readonly tableId?: string; readonly label?: string } = {},
): Targets {
  return {
    environmentId: uuid(1),
    serviceId: uuid(2),
    serviceLabel: change.label ?? "orders",
    stores: [
      {
        role: "source",
        storeId: uuid(3),
        label: "orders-db",
        storeKind: "postgres",
        identity: {
          kind: "postgres",
          system: "1",
          database: "orders",
          schema: "public",
          table: "_timestamp",
          tableId: change.tableId ?? "10",
        },
      },
    ],
    sequences: [
      {
        role: "destination",
        clusterId: uuid(4),
        label: "tl",
        namespace: change.namespace ?? "orders",
        servers: [],
      },
    ],
  };
}

describe("differences of plans", () => {
  test("labels and servers make none, and the hash is the same", async () => {
    const [one, other] = [
      makePlan(toTimelock, targets()),
      makePlan(toTimelock, targets({ label: "renamed" })),
    ];
    expect(planDifferences(one, other)).toEqual([]);
    expect(await planHash(one)).toBe(await planHash(other));
  });
  test("are named field by field", () => {
    const before = makePlan(toTimelock, targets());
    const after = { ...makePlan(toTimelock, targets({ namespace: "orders2", tableId: "11" })), version: 2 };
    expect(planDifferences(before, after)).toEqual([
      { path: "version", before: "1", after: "2" },
      { path: "targets / store source / identity / tableId", before: "10", after: "11" },
      { path: "targets / sequence destination / namespace", before: "orders", after: "orders2" },
    ]);
  });
  test("name the tables of a move, whatever their place in the list", () => {
    const table = (name: string, fate: "copied" | "kept") => ({ name, fate, reason: "", replaces: false });
    const move = (names: readonly string[], versions: number) => ({
      tables: names.map((name) => table(name, "copied")),
      dropped: [{ name: "old", versions, bytes: null }],
    });
    const before = makePlan(toTimelock, { ...targets(), move: move(["a", "b"], 3) });
    const after = makePlan(toTimelock, { ...targets(), move: move(["b", "c"], 4) });
    const differences = planDifferences(before, after);
    expect(differences.map(({ path }) => path)).toContain("table a / fate");
    expect(differences.map(({ path }) => path)).toContain("table c / fate");
    expect(differences.some(({ path }) => path.startsWith("table b"))).toBe(false);
    expect(differences).toContainEqual({ path: "dropped table old / versions", before: "3", after: "4" });
  });
  test("show a step that came, and another order", () => {
    const before = makePlan(toTimelock, targets());
    const [first, second, ...rest] = before.steps;
    const swapped = { ...before, steps: [second, first, ...rest] };
    expect(planDifferences(before, swapped).map((one) => one.path)).toEqual(["order of steps"]);
    const shorter = { ...before, steps: before.steps.slice(0, -1) };
    const paths = planDifferences(shorter, before).map((one) => one.path);
    expect(paths).toContain("step watch / kind");
    expect(
      planDifferences(shorter, before).every((one) => one.before === null || one.path === "order of steps"),
    ).toBe(true);
  });
  test("what cannot be read as a plan differs as a whole", () => {
    expect(planDifferences({}, makePlan(toTimelock, targets())).length).toBeGreaterThan(0);
    expect(planDifferences({ a: 1 }, { a: 1 })).toEqual([]);
  });
});

describe("units", () => {
  test("of to-timelock, with their danger", () => {
    expect(
      unitsOf(toTimelock).map(({ id, danger, steps }) => [id, danger, steps.map((step) => step.id)]),
    ).toEqual([
      ["claim", "safe", ["claim"]],
      ["fast-forward", "destructive", ["fast-forward"]],
      ["invalidate-and-forward", "destructive", ["invalidate", "forward-kept"]],
    ]);
  });
  test("the danger of each act stands in the plan, and so in its hash", () => {
    const plan = makePlan(toTimelock, targets());
    for (const step of toTimelock.steps) {
      const planned = plan.steps.find((one) => one.id === step.id);
      expect(planned?.danger).toBe(step.kind === "act" ? dangerOf(step) : null);
    }
  });
});
