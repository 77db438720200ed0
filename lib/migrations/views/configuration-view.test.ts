import { expect, test } from "vitest";

import type { WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";
import { instructionsOf } from "#lib/migrations/views/configuration-view.ts";

const wanted: WantedConfiguration = {
  namespace: "orders",
  oldNamespace: null,
  timelockServers: ["https://tl-1:8421/timelock/api"],
  timelockAliases: [],
  store: { kind: "postgres", host: "db", port: 5432, database: "orders", tablePrefix: "" },
  localServer: null,
};

test("what all forms of the way back ask for is said once, and only then what one adds", () => {
  const instructions = instructionsOf("from-timelock", wanted);
  const said = instructions.map(({ file, title }) => `${file} ${title}`);
  expect(new Set(said).size).toBe(said.length);
  const own = instructions.filter(({ form }) => form !== null);
  expect(own.map(({ form, after }) => [form?.title, after.includes("leader:")])).toEqual([
    ["A leader block with one member", true],
  ]);
  expect(instructions.at(-1)).toEqual(own[0]);
});

test("a single form has no heading", () => {
  const forms = instructionsOf("to-timelock", wanted).map(({ form }) => form);
  expect(forms.length).toBeGreaterThan(2);
  expect(new Set(forms)).toEqual(new Set([null]));
});
