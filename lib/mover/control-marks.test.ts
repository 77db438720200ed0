import { expect, test } from "vitest";

import { controlMarks } from "#lib/mover/control-marks.ts";
import { FIRST_CONTROL } from "#lib/mover/ledger-state.ts";

const kinds = (...asked: Parameters<typeof controlMarks>) => controlMarks(...asked).map(({ kind }) => kind);

test("marks what changed, each thing once, and nothing else", () => {
  const all = { wanted: "pause", cellsPerSecondMax: 5, bytesPerSecondMax: null, lanes: 9 } as const;
  expect(kinds(FIRST_CONTROL, FIRST_CONTROL, false)).toEqual([]);
  expect(kinds(FIRST_CONTROL, all, true)).toEqual(["paused", "throttled", "lanes", "retried"]);
  expect(kinds(all, { ...all, wanted: "run" }, false)).toEqual(["resumed"]);
  expect(kinds(all, { ...all, wanted: "cancel" }, false)).toEqual(["cancelled"]);
  expect(controlMarks(FIRST_CONTROL, all, false)[1]?.text).toBe("At most 5 cells a second.");
  expect(controlMarks(all, { ...all, cellsPerSecondMax: null }, false)[0]?.text).toBe("No limit any more.");
});
