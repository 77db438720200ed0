import { describe, expect, it } from "vitest";

import { WINDOW_START, windowInput } from "#components/freeze/window-values.ts";
import { addWindowInput } from "#lib/freeze/schema.ts";

const environmentId = "00000000-0000-4000-8000-000000000001";
const fieldsOf = (values: typeof WINDOW_START) =>
  addWindowInput
    .safeParse({ environmentId, ...windowInput(values) })
    .error?.issues.map(({ path }) => path.join("."))
    .toSorted() ?? [];

describe("windowInput", () => {
  it("is what the server takes, weekly and once", () => {
    const weekly = { ...WINDOW_START, days: [5, 1] };
    expect(windowInput(weekly).times).toEqual({
      repeats: "weekly",
      days: [1, 5],
      startMinute: 1320,
      durationMinutes: 240,
    });
    expect(fieldsOf(weekly)).toEqual([]);
    const once = {
      ...WINDOW_START,
      repeats: "once" as const,
      from: "2026-11-24T22:00",
      to: "2026-11-25T02:00",
    };
    expect(fieldsOf(once)).toEqual([]);
  });

  it("has what is missing or wrong refused beside its field", () => {
    expect(fieldsOf({ ...WINDOW_START, start: "", length: { count: "x", unit: "hours" } })).toEqual([
      "times.days",
      "times.durationMinutes",
      "times.startMinute",
    ]);
    expect(fieldsOf({ ...WINDOW_START, repeats: "once" })).toEqual(["times.from", "times.to"]);
    const backwards = {
      ...WINDOW_START,
      repeats: "once" as const,
      from: "2026-11-25T22:00",
      to: "2026-11-24T22:00",
    };
    expect(fieldsOf(backwards)).toEqual(["times.to"]);
  });
});
