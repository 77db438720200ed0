import { describe, expect, it } from "vitest";
import { type AppliedChange, decideSchemaChanges, type SchemaChange } from "#lib/db/schema-files.ts";

const change = (name: string): SchemaChange => ({ name, sql: "SELECT 1", checksum: `sum of ${name}` });
const applied = (name: string, more: Partial<AppliedChange> = {}): AppliedChange => ({
  name,
  checksum: `sum of ${name}`,
  finished: true,
  rolledBack: false,
  ...more,
});

describe("decideSchemaChanges", () => {
  it("applies what is not applied yet, in order", () => {
    const decision = decideSchemaChanges([change("1"), change("2"), change("3")], [applied("1")]);
    expect(decision).toEqual({ ok: true, pending: [change("2"), change("3")] });
  });

  it.each([
    ["a database newer than this build", [applied("1"), applied("9")], "used by a newer Lockstep"],
    ["another text than the applied one", [applied("1", { checksum: "other" })], "another text"],
    ["a change that never finished", [applied("1", { finished: false })], "never finished"],
    ["a gap before an applied change", [applied("2")], "is missing although the later 2"],
  ])("refuses %s", (_what, recorded, sentence) => {
    const decision = decideSchemaChanges([change("1"), change("2")], recorded);
    expect(decision).toEqual({ ok: false, reason: expect.stringContaining(sentence) });
  });

  it("takes a rolled-back change for not applied", () => {
    const decision = decideSchemaChanges(
      [change("1")],
      [applied("1", { finished: false, rolledBack: true })],
    );
    expect(decision).toEqual({ ok: true, pending: [change("1")] });
  });
});
