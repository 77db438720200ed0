import { expect, test } from "vitest";
import type { ToolSearch } from "#lib/local-cassandra/java.ts";
import { isCassandraReady } from "#lib/processes/sandbox-cassandra.ts";

const ask = async (isCassandraWanted: boolean, hasSandbox: boolean) => {
  const said: string[] = [];
  const search = async (): Promise<ToolSearch> => ({
    found: false,
    missing: "Local Cassandra servers need Maven.",
  });
  const isReady = await isCassandraReady(
    { isCassandraWanted },
    hasSandbox,
    (line) => void said.push(line),
    search,
  );
  return { isReady, said };
};

test("says nothing when no Cassandra is wanted", async () => {
  expect(await ask(false, true)).toEqual({ isReady: false, said: [] });
});

test("says what is missing, and that the sandbox starts without", async () => {
  expect(await ask(true, true)).toEqual({
    isReady: false,
    said: ["The sandbox starts without a Cassandra store. Local Cassandra servers need Maven."],
  });
});

test("says that there is no sandbox to add it to", async () => {
  expect(await ask(true, false)).toEqual({
    isReady: false,
    said: ["--with-cassandra adds a store to the sandbox, and there is none here: no Cassandra is started."],
  });
});
