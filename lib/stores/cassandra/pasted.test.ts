import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { ManualTarget } from "#lib/stores/cassandra/manual.ts";
import { decodePastedBound, decodePastedPunch } from "#lib/stores/cassandra/pasted.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const file = new URL("../../../e2e/golden/cassandra/cqlsh-outputs.json.gz", import.meta.url);
const OUTPUTS = z
  .record(z.string(), z.string())
  .parse(parseJson(gunzipSync(readFileSync(file)).toString("utf8")));

function output(name: string): string {
  const text = OUTPUTS[name];
  if (text === undefined) throw new Error(`no output of ${name}`);
  return text;
}

const target: ManualTarget = {
  contactPoints: [{ host: "localhost", port: 9042 }],
  localDataCenter: "dc1",
  keyspace: "app",
  table: "_timestamp",
  tls: { mode: "off" },
};

const bound = (name: string) => decodePastedBound(output(name), target);

describe.each([
  ["2.2.18", "2.2.18-1.108.0", "lockstep-local-2.2.18: cb3022a5-1780-4594-b449-effed2e75cd3"],
  ["5.0.6", "5.0.6", "lockstep-local-5.0.6: 25509d37-7712-49fc-a92d-789ebfdd2231"],
])("what a real cqlsh printed against %s", (release, version, system) => {
  test("a reading", () => {
    expect(bound(`${release} read`)).toEqual({
      ok: true,
      reading: {
        state: { state: "invalidated", kept: 4_010_004n },
        tr: null,
        identity: {
          kind: "cassandra",
          system,
          database: "app",
          schema: null,
          table: "_timestamp",
          tableId: "568718ac-80ed-320c-bd70-001067f76825",
        },
        server: { address: null, port: null, version, inRecovery: false },
        view: "serial",
        raw: [
          { row: 0, name: "oldTs", text: "4010004", hex: "0x00000000003d3014" },
          { row: 1, name: "ts", text: "0x00", hex: "0x00" },
        ],
        source: `pasted cqlsh output of ${system.split(":")[0] ?? ""} (dc1) app._timestamp`,
        provenance: "pasted",
        readAt: expect.stringMatching(/^2026-11-21T15:37:[0-9]{2}\.[0-9]{3}Z$/),
      },
    });
  });

  test("a reading as AtlasDB makes it says so", () => {
    expect(bound(`${release} read locally`)).toMatchObject({ reading: { view: "dc1 local quorum" } });
  });

  test("no table", () => {
    expect(bound(`${release} no table`)).toMatchObject({
      ok: true,
      reading: { state: { state: "no-table" }, identity: { tableId: null } },
    });
  });

  test.each([
    ["restored from no table", "True", { state: "readable", bound: 4_010_004n }],
    ["invalidated", "True", { state: "invalidated", kept: 4_010_004n }],
    ["refused", "False", { state: "invalidated", kept: 4_010_004n }],
  ])("a write: %s", (name, applied, state) => {
    expect(bound(`${release} ${name}`)).toMatchObject({
      ok: true,
      reading: {
        state,
        raw: expect.arrayContaining([{ row: 1000, name: "[applied]", text: applied, hex: null }]),
      },
    });
  });

  test.each([
    ["other cluster", /does not belong to the cluster/],
    ["unreachable", /Connection error/],
  ])("%s is an error, not a reading", (name, reason) => {
    expect(bound(`${release} ${name}`)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test("punches", () => {
    expect(decodePastedPunch(output(`${release} punch`))).toMatchObject({
      ok: true,
      reading: {
        newest: { found: "punch", timestamp: 10_001n, wallMillis: 1_795_254_360_728n },
        provenance: "pasted",
      },
    });
    expect(decodePastedPunch(output(`${release} no punches`))).toMatchObject({
      reading: { newest: { found: "absent", why: "no-rows" } },
    });
    expect(decodePastedPunch(output(`${release} no punch table`))).toMatchObject({
      reading: { newest: { found: "absent", why: "no-table" } },
    });
  });

  test("cut short anywhere, it is refused", () => {
    const text = output(`${release} invalidated`).trimEnd();
    const end = text.lastIndexOf("(1 rows)") + "(1 rows)".length;
    for (let length = 0; length < end; length += 7) {
      expect(decodePastedBound(text.slice(0, length), target).ok).toBe(false);
    }
  });

  test("with any line of its tables missing or doubled, it is refused", () => {
    const lines = output(`${release} read`).split("\n");
    const whole = decodePastedBound(lines.join("\n"), target);
    expect(whole.ok).toBe(true);
    lines.forEach((line, at) => {
      if (!/lockstep_|\||^-+$|rows\)|0x|[0-9a-f]{8}-|^Consistency level set to SERIAL/.test(line)) return;
      const without = decodePastedBound(lines.toSpliced(at, 1).join("\n"), target);
      expect(without, `without ${line}`).toMatchObject({ ok: false });
      if (/^Consistency|rows\)/.test(line)) return;
      const doubled = decodePastedBound(lines.toSpliced(at, 0, line).join("\n"), target);
      expect(doubled, `twice ${line}`).toMatchObject({ ok: false });
    });
  });
});

describe("anything else is refused", () => {
  const text = output("5.0.6 read");

  test.each([
    ["nothing", ""],
    ["a bare number", "4010004"],
    ["two runs", `${text}\n${text}`],
    ["a line of something else", `$ some other command\n${text}`],
    ["an abbreviated value", text.replace("0x00000000003d3014", "0x0000...3d3014")],
    ["a value in capitals", text.replace("0x00000000003d3014", "0x00000000003D3014")],
    ["another row's cell", text.replace("       0x7473 |       0x7473", "       0x7474 |       0x7473")],
    ["expanded rows", `@ Row 1\n key | 0x7473\n${text}`],
    ["another level", text.replace("set to SERIAL.", "set to QUORUM.")],
    [
      "a server error",
      text.replace(/.*schema_columnfamilies.*/, "ReadTimeout: Error from server: code=1200"),
    ],
    ["a cluster that changed on the way", text.replace(/(lockstep_end\n-+\n )\S+/, "$1another-cluster-----")],
  ])("%s", (_name, pasted) => {
    expect(decodePastedBound(pasted, target)).toMatchObject({ ok: false, reason: expect.any(String) });
    expect(decodePastedPunch(pasted).ok).toBe(false);
  });

  test("Windows line ends and colourless prompts do not matter", () => {
    expect(decodePastedBound(text.replaceAll("\n", "\r\n"), target).ok).toBe(true);
    expect(decodePastedBound(`app@cqlsh> PAGING OFF;\n${text}`, target).ok).toBe(true);
  });
});
