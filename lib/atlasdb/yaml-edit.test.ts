import { describe, expect, test } from "vitest";

import { parseConfigurationFile } from "#lib/atlasdb/configuration-file.ts";
import { editSection, type SectionEdit } from "#lib/atlasdb/yaml-edit.ts";

function edited(text: string, ...edits: SectionEdit[]): string | null {
  const parsed = parseConfigurationFile("install", text);
  if (!parsed.ok) throw new Error(parsed.findings[0]?.message);
  return editSection(parsed.file, edits);
}
const remove = (key: string): SectionEdit => ({ kind: "remove", key });
const add = (key: string, yaml: string): SectionEdit => ({ kind: "add", key, yaml });
const replace = (key: string, yaml: string, within?: string): SectionEdit => ({
  kind: "replace",
  key,
  yaml,
  within,
});

describe("comments", () => {
  test("inside a block go with it, those beside it stay", () => {
    const text = `atlasdb:
  # before
  leader: # of it
    # inside
    quorumSize: 1

    # still inside

  # after
  namespace: app
`;
    expect(edited(text, remove("leader"))).toBe(`atlasdb:
  # before

  # after
  namespace: app
`);
  });

  test("at the end of the last block stay with it when something is added", () => {
    const text = "atlasdb:\n  leader:\n    quorumSize: 1\n    # inside\n  # of the section\n# of the file\n";
    expect(edited(text, add("namespace", "namespace: app\n"))).toBe(
      "atlasdb:\n  leader:\n    quorumSize: 1\n    # inside\n  namespace: app\n  # of the section\n# of the file\n",
    );
  });
});

describe("values", () => {
  test.each([
    ["plain", "app", "orders", "orders"],
    ["double quotes", '"app"', "orders", '"orders"'],
    ["single quotes", "'app'", "orders", "'orders'"],
    ["a number", "7", '"007"', '"007"'],
    ["quotes for what needs them", "'app'", '"true"', '"true"'],
  ])("%s", (_name, before, yaml, after) => {
    const text = (value: string) =>
      `atlasdb:\n  namespace: ${value}  # c\n  keyValueService: {type: memory}\n`;
    expect(edited(text(before), replace("namespace", yaml))).toBe(text(after));
  });

  test("inside braces", () => {
    const text = "atlasdb:\n  timelock: {client: app, x: 1}\n  keyValueService: {}\n";
    expect(edited(text, replace("client", "orders", "timelock"))).toBe(text.replace("app", "orders"));
  });

  test("that stand there as a block of lines are left to people", () => {
    expect(edited("atlasdb:\n  namespace: >-\n    app\n", replace("namespace", "orders"))).toBeNull();
  });
});

describe("what would change more than it says is not done", () => {
  test.each([
    [
      "an anchor that others use",
      "x: &n app\natlasdb:\n  namespace: &m app\n  other: *m\n",
      replace("namespace", "orders"),
    ],
    [
      "a block that others use",
      "atlasdb:\n  leader: &l\n    a: 1\n  namespace: app\ncopy: *l\n",
      remove("leader"),
    ],
    ["keys that share a line", "atlasdb: {leader: {a: 1}, namespace: app}\n", remove("leader")],
    [
      "a section that is an alias",
      "base: &b\n  namespace: app\natlasdb: *b\nother: *b\n",
      add("x", "x: 1\n"),
    ],
  ])("%s", (_name, text, edit) => expect(edited(text, edit)).toBeNull());
});

describe("styles of files", () => {
  test.each([
    [
      "a document marker",
      "---\natlasdb:\n  leader:\n    a: 1\n  namespace: app\n...\n",
      "---\natlasdb:\n  namespace: app\n...\n",
    ],
    [
      "four spaces",
      "atlasdb:\n    leader:\n        a: 1\n    namespace: app\n",
      "atlasdb:\n    namespace: app\n",
    ],
    [
      "quoted keys",
      '"atlasdb":\n  "leader":\n    a: 1\n  namespace: app\n',
      '"atlasdb":\n  namespace: app\n',
    ],
    [
      "a list at the key's own indentation",
      "atlasdb:\n  leader:\n  - a\n  - b\n  namespace: app\n",
      "atlasdb:\n  namespace: app\n",
    ],
    [
      "a value of several lines",
      "atlasdb:\n  leader: one\n    two\n    three\n  namespace: app\n",
      "atlasdb:\n  namespace: app\n",
    ],
    [
      "a byte order mark",
      "\uFEFFatlasdb:\n  leader:\n    a: 1\n  namespace: app\n",
      "\uFEFFatlasdb:\n  namespace: app\n",
    ],
  ])("%s", (_name, text, after) => expect(edited(text, remove("leader"))).toBe(after));
});
