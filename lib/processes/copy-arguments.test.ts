import { describe, expect, test } from "vitest";

import { COPY_STAGES, readCopyArguments } from "#lib/processes/copy-arguments.ts";
import { COPY_HELP } from "#lib/processes/copy-help.ts";

const SIDES = ["--source", "old.yml", "--destination", "postgres://me@host/db"];
const read = (argv: readonly string[], env: Record<string, string> = {}) =>
  readCopyArguments(argv, env, "/somewhere");
const given = (...more: string[]) => {
  const found = read(["run", ...SIDES, ...more], { LOCKSTEP_SOURCE_PASSWORD: "s3cret" });
  if (found === "help") throw new Error("help");
  return found;
};

describe("what stands behind copy", () => {
  test("files are looked for where the person stands, URLs are left alone", () => {
    const { stage, source, destination, isJson, isConfirmed, tables, stateDir } = given(
      "--source-runtime",
      "conf/runtime.yml",
      "--source-ca",
      "/etc/ca.pem",
    );
    expect(source).toMatchObject({
      place: "/somewhere/old.yml",
      runtime: "/somewhere/conf/runtime.yml",
      ca: "/etc/ca.pem",
      password: "s3cret",
    });
    expect(destination).toMatchObject({ place: "postgres://me@host/db", runtime: null, password: null });
    expect({ stage, isJson, isConfirmed, tables, stateDir }).toEqual({
      stage: "run",
      isJson: false,
      isConfirmed: false,
      tables: null,
      stateDir: null,
    });
  });

  test("tables are a set, from one list or several", () => {
    expect(given("--tables", "b.B, a.A", "--tables", "a.A").tables).toEqual(["a.A", "b.B"]);
  });

  test("lanes, state folder, root and declarations", () => {
    expect(given("--lanes", "5").lanes).toBe(5);
    expect(given().lanes).toBeGreaterThanOrEqual(2);
    expect(given("--state-dir", "state").stateDir).toBe("/somewhere/state");
    expect(given("--config-root", "conf/atlas").source.root).toBe("/conf/atlas");
    expect(given("--config-root", "/atlasdb").destination.root).toBe("/atlasdb");
    expect(given("--accept", "one", "--accept", "two").accepted).toEqual(["one", "two"]);
  });

  test("limits are for all lanes together; none is none", () => {
    expect(given().rates).toEqual({ cellsPerSecond: null, bytesPerSecond: null });
    expect(given("--max-cells-per-second", "1000", "--max-megabytes-per-second", "2.5").rates).toEqual({
      cellsPerSecond: 1_000,
      bytesPerSecond: 2_500_000,
    });
  });

  test("the manual comes where it is asked for, or nothing is", () => {
    for (const argv of [[], ["help"], ["--help"], ["run", "--help"]]) expect(read(argv)).toBe("help");
  });

  test.each([
    [["runn", ...SIDES], /no copy runn: it is one of assess, setup, migrate, validate, run/],
    [["run", ...SIDES, "twice"], /twice belongs to no option/],
    [["run", "--source", "a.yml"], /needs --destination/],
    [["run", "--destination", "a.yml"], /needs --source/],
    [["run", ...SIDES, "--destination-runtime", "r.yml"], /belongs to a file/],
    [["run", ...SIDES, "--lanes", "0"], /no number from 1 to 64/],
    [["run", ...SIDES, "--lanes", "65"], /no number from 1 to 64/],
    [["run", ...SIDES, "--lanes", "1.5"], /no number from 1 to 64/],
    [["run", ...SIDES, "--max-cells-per-second", "0"], /max-cells-per-second 0 is no number above 0/],
    [["run", ...SIDES, "--max-megabytes-per-second=-1"], /no number above 0/],
    [["run", ...SIDES, "--max-megabytes-per-second", "fast"], /no number above 0/],
    [["run", ...SIDES, "--tables", "a.A,,b.B"], /empty name/],
    [["run", ...SIDES, "--source-tls", "prefer"], /none of disable, require, verify-ca, verify-full/],
    [["run", ...SIDES, "--force"], /--force/],
  ])("%j is refused with what is wrong", (argv, words) => {
    expect(() => read(argv)).toThrow(words);
    expect(() => read(argv)).toThrow(/Nothing was read or changed/);
  });
});

test("the manual names every stage, option and environment variable, and fits a terminal", () => {
  for (const stage of COPY_STAGES) expect(COPY_HELP).toMatch(new RegExp(`^  ${stage} `, "m"));
  const options =
    "source-runtime config-root tables lanes max-cells-per-second max-megabytes-per-second state-dir source-tls source-ca source-cert source-key source-data-centre accept json yes help";
  for (const option of options.split(" ")) expect(COPY_HELP).toContain(`--${option}`);
  expect(COPY_HELP).toContain("LOCKSTEP_SOURCE_PASSWORD");
  for (const line of COPY_HELP.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
});
