import fc from "fast-check";
import { expect, test } from "vitest";

import { configurationChanges } from "#lib/atlasdb/configuration-changes.ts";
import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import { readImport } from "#lib/atlasdb/import-configuration.ts";
import { timelockNode, wantedFor } from "#lib/atlasdb/testing.ts";
import { CONFIGURED_RUNBOOKS, type NodeFiles } from "#lib/atlasdb/wanted-configuration.ts";

const MARKS = [
  "",
  "\n",
  ":",
  " ",
  "- ",
  "{",
  "}",
  "[",
  "&a ",
  "*a",
  "|",
  "null",
  "'",
  "\t",
  "? ",
  "<<: *a",
  "---\n",
];
const edit = fc.tuple(fc.nat(2000), fc.nat(30), fc.constantFrom(...MARKS));

/** A good file with a few cuts and insertions anywhere. */
const damaged = fc
  .tuple(timelockNode, fc.array(edit, { maxLength: 4 }))
  .map(([{ files }, edits]): NodeFiles => {
    const text = edits.reduce((whole, [at, cut, inserted]) => {
      const from = at % (whole.length + 1);
      return whole.slice(0, from) + inserted + whole.slice(from + cut);
    }, files.install.text);
    return { install: { text }, runtime: files.runtime };
  });

test("whatever is pasted is answered, with lines that exist", () => {
  fc.assert(
    fc.property(damaged, (files) => {
      const wanted = wantedFor({ namespace: "orders", oldNamespace: "app" });
      const lines = files.install.text.split("\n").length;
      const reading = readImport([{ name: "a", files }]);
      const findings = reading.ok ? reading.proposal.findings : reading.findings;
      if (!reading.ok) expect(findings).not.toEqual([]);
      for (const runbook of CONFIGURED_RUNBOOKS) {
        for (const { files: made } of configurationChanges(runbook, files, wanted))
          for (const { after } of made) expect(after.endsWith("\n")).toBe(true);
        for (const { file, line } of [...findings, ...checkConfiguration(runbook, files, wanted)])
          if (file === "install" && line !== null) expect(line).toBeLessThanOrEqual(lines);
      }
    }),
    { numRuns: 100 },
  );
});
