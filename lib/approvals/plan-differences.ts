import { z } from "zod";

import type { PlanDifference } from "#lib/engine/unit.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

const plan = z.object({
  runbook: z.string(),
  version: z.int(),
  service: z.string(),
  targets: z.array(z.record(z.string(), z.unknown())),
  steps: z.array(z.record(z.string(), z.unknown())),
  move: z
    .object({
      tables: z.array(z.record(z.string(), z.unknown())),
      dropped: z.array(z.record(z.string(), z.unknown())),
    })
    .optional(),
});

/**
 * Where two stored plans differ, field by field: targets are matched by kind and role, steps by their identifiers, tables of
 * a move by their names, lists as a whole by position. Empty exactly when the plans are the same; the order of steps counts.
 */
export function planDifferences(before: unknown, after: unknown): readonly PlanDifference[] {
  const left = flatten(before);
  const right = flatten(after);
  const paths = [...new Set([...left.keys(), ...right.keys()])];
  const differences = paths.flatMap((path) => {
    const [one, other] = [left.get(path) ?? null, right.get(path) ?? null];
    return one === other ? [] : [{ path, before: one, after: other }];
  });
  const [whole, other] = [canonicalJson(before), canonicalJson(after)];
  return differences.length === 0 && whole !== other
    ? [{ path: "plan", before: whole, after: other }]
    : differences;
}

function flatten(value: unknown): ReadonlyMap<string, string> {
  const parsed = plan.safeParse(value);
  const found = new Map<string, string>();
  if (!parsed.success) {
    found.set("plan", canonicalJson(value));
    return found;
  }
  const { targets, steps, move, ...rest } = parsed.data;
  walk("", rest, found);
  for (const target of targets) walk(`targets / ${targetName(target)}`, target, found);
  found.set("order of steps", steps.map((step) => textOf(step["id"])).join(", "));
  for (const step of steps) walk(`step ${textOf(step["id"])}`, step, found);
  for (const table of move?.tables ?? []) walk(`table ${textOf(table["name"])}`, table, found);
  for (const table of move?.dropped ?? []) walk(`dropped table ${textOf(table["name"])}`, table, found);
  return found;
}

function targetName(target: Readonly<Record<string, unknown>>): string {
  return `${"storeId" in target ? "store" : "sequence"} ${textOf(target["role"])}`;
}

function walk(path: string, value: unknown, found: Map<string, string>): void {
  if (Array.isArray(value)) {
    if (value.length === 0) return;
    value.forEach((item: unknown, index) => walk(join(path, `${index + 1}`), item, found));
    return;
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) walk(join(path, key), member, found);
    return;
  }
  if (value !== null && value !== undefined) found.set(path, textOf(value));
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path} / ${key}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value ?? null);
}
