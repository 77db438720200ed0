import { describe, expect, test } from "vitest";

import { stepOf, type World } from "#lib/engine/step.ts";
import { backupAge } from "#lib/runbooks/findings/backups.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { given } from "#lib/runbooks/testing-move-store.ts";
import { NOW } from "#lib/runbooks/testing.ts";

/** What was noted of the source's backup, and of the destination's. */
function noted(source: string | null, destination: string | null = "on tape, 2026-11-21"): World {
  const notes = [["backup:source", source] as const, ["backup:destination", destination] as const];
  return given([], {
    attested: new Map(
      notes.flatMap(([subject, note]) => (note === null ? [] : [[subject, { by: "Olga", at: NOW, note }]])),
    ),
  });
}

const [now] = NOW.split("T");

describe(`on ${now} a backup`, () => {
  test.each([
    ["on tape 4711 of 2026-11-20, restored once", "a day ago"],
    ["2026-11-21", "today"],
    ["of 2026-11-22, as it is called in Sydney", "today"],
    ["of 2025-11-21", "365 days ago"],
    ["of 2026-11-19, restored 2026-11-11, kept until 2027-11-19", "2 days ago"],
  ])("noted as “%s” was taken %s", (note, age) => {
    const [source] = backupAge(noted(note));
    expect(source).toMatchObject({ id: "backup-source", level: "pass" });
    expect(source?.title).toContain(`, ${age}, as Olga declared: ${note}`);
  });

  test.each([
    ["on tape, last night", "does not say when"],
    ["", "does not say when"],
    ["of 20.11.2026", "does not say when"],
    ["of 2026-02-30", "does not say when"],
    ["of 2026-11-23", "has not come yet"],
  ])("noted as “%s” counts as none", (note, why) => {
    const [source, destination] = backupAge(noted(note));
    expect(source).toMatchObject({ level: "blocking", title: expect.stringContaining(why) as string });
    expect(source?.remedy).toContain("2026-12-31");
    expect(destination?.level).toBe("pass");
  });

  test("of each store is asked for", () => {
    expect(backupAge(noted(null)).map(({ level }) => level)).toEqual(["blocking", "pass"]);
    expect(backupAge(noted("2026-11-20", null)).map(({ level }) => level)).toEqual(["pass", "blocking"]);
  });
});

test("a date that is missing is said where backups are declared, with clients still up, and again before anything is dropped", () => {
  const levels = (stepId: string, one: World) =>
    stepOf(moveStore, stepId)
      .holds(one)
      .flatMap(({ id, level }) => (id === "backup-source" ? [level] : []));
  for (const stepId of ["backups", "set-up"]) {
    expect(levels(stepId, noted("on tape")), stepId).toEqual(["blocking"]);
    expect(levels(stepId, noted("on tape, 2026-11-20")), stepId).toEqual(["pass"]);
  }
  expect(levels("backups", noted(null))).toEqual([]);
});
