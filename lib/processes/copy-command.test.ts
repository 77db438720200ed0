import { describe, expect, test } from "vitest";

import { copyCommand } from "#lib/processes/copy-command.ts";
import { COPY_HELP } from "#lib/processes/copy-help.ts";
import { copyAsJson, surroundings } from "#lib/processes/testing-copy.ts";

describe("arguments that are wrong", () => {
  test.each([
    ["run", ["run", "--source", "a.yml"], /copy needs --destination/],
    ["migrate", ["migrate", "--nonsense"], /Unknown option '--nonsense'/],
    [null, ["everything", "--source", "a", "--destination", "b"], /There is no copy everything/],
  ])("end with --json in a result, as everything does (%s)", async (asked, argv, words) => {
    const { code, lines, result } = await copyAsJson("/", argv);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(result).toMatchObject({
      type: "result",
      ok: false,
      asked,
      failed: null,
      proven: [],
      stateDir: "",
    });
    expect(result["message"]).toMatch(words);
    expect(result["message"]).toMatch(/Nothing was read or changed/);
    expect(result["next"]).toContain("--help");
  });

  test("are a person's to read on standard error, and no result", async () => {
    const out: string[] = [];
    const around = surroundings("/", { out: (line) => void out.push(line) });
    await expect(copyCommand(["run", "--source", "a.yml"], around)).rejects.toThrow(/--destination/);
    expect(out).toEqual([]);
  });
});

test("the manual says that a proof takes Lockstep's own tables with it", () => {
  expect(COPY_HELP.replaceAll(/\s+/g, " ")).toMatch(/validate .*tables lockstep_copy_\* are dropped.* run /);
  for (const line of COPY_HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
});
