import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";

import { type ConfigurationFile, pairOf } from "#lib/atlasdb/configuration-file.ts";

/** Lines to put in place of others; `from` and `to` are offsets into the text. */
type Cut = { readonly from: number; readonly to: number; readonly lines: string; readonly indent: number };

/** Edits of one file's AtlasDB section that leave every other byte as it is; `within` names a mapping right below the section. */
export type SectionEdit = { readonly key: string; readonly within?: string | undefined } & (
  | { readonly kind: "remove" }
  | { readonly kind: "add" | "replace"; readonly yaml: string }
);

/**
 * Applies edits by line, so that order, comments, quoting and indentation of everything else stay. `add` appends to the section (or to the
 * mapping `within` it), written with its indentation; `yaml` is unindented. `replace` puts `yaml`, a bare scalar, in place of another.
 * The result is parsed again: every other value is what it was. Null where that cannot be had by lines: a section in one line (`{…}`), or
 * values shared by an alias.
 */
export function editSection(file: ConfigurationFile, edits: readonly SectionEdit[]): string | null {
  const after = editLines(file, edits);
  return after !== null && isAsMeant(file, edits, after) ? after : null;
}

function editLines(file: ConfigurationFile, edits: readonly SectionEdit[]): string | null {
  const { root } = file;
  const text = file.text.endsWith("\n") ? file.text : `${file.text}\n`;
  if (root === null) return addToEmpty(text, edits);
  const onlyValues = edits.every(({ kind }) => kind === "replace");
  if (!onlyValues && (root.flow === true || !isOwnLines(text, root))) return null;
  const cuts = edits.map((edit) => cutOf(text, root, edit));
  if (cuts.includes(null)) return null;
  return joined(cuts.filter((cut) => cut !== null))
    .toSorted((a, b) => b.from - a.from || b.to - a.to)
    .reduce(
      (edited, { from, to, lines }) => edited.slice(0, from) + inStyleOf(text, lines) + edited.slice(to),
      text,
    );
}

/** Several additions at one place become one: the deepest mapping ends first, and within one their order stays. */
function joined(cuts: readonly Cut[]): Cut[] {
  const additions = new Map<number, Cut>();
  const others: Cut[] = [];
  for (const cut of cuts.toSorted((a, b) => b.indent - a.indent)) {
    if (cut.from !== cut.to) others.push(cut);
    else additions.set(cut.from, { ...cut, lines: (additions.get(cut.from)?.lines ?? "") + cut.lines });
  }
  return [...others, ...additions.values()];
}

/** With the line ends of the text, and on lines of their own where the text ends without one. */
function inStyleOf(text: string, lines: string): string {
  return text.includes("\r\n") ? lines.replaceAll("\n", "\r\n") : lines;
}

function addToEmpty(text: string, edits: readonly SectionEdit[]): string {
  const added = edits.flatMap((edit) => (edit.kind === "add" ? [edit.yaml] : [])).join("");
  return `${text.trim() === "" ? "" : text}${added}`;
}

function cutOf(text: string, root: YAMLMap, edit: SectionEdit): Cut | null {
  const map = edit.within === undefined ? root : pairOf(root, edit.within)?.value;
  if (!isMap(map)) return null;
  if (edit.kind === "replace") return replacement(map, edit.key, edit.yaml);
  if (map.flow === true || !isOwnLines(text, map)) return null;
  if (edit.kind === "remove") {
    const pair = pairOf(map, edit.key);
    return pair === undefined ? { from: 0, to: 0, lines: "", indent: 0 } : removal(text, pair);
  }
  return map.items.length === 0 ? null : addition(text, map, edit.yaml);
}

function replacement(map: YAMLMap, key: string, yaml: string): Cut | null {
  const node = pairOf(map, key)?.value;
  if (!isScalar(node) && !isAlias(node)) return null;
  const range = (node as Node).range;
  if (!range || (isScalar(node) && node.type?.startsWith("BLOCK") === true)) return null;
  const style = isScalar(node) && node.type === "QUOTE_SINGLE" ? "'" : '"';
  const quoted = isScalar(node) && node.type?.startsWith("QUOTE") === true && !/^["']/.test(yaml);
  return { from: range[0], to: range[1], lines: quoted ? `${style}${yaml}${style}` : yaml, indent: 0 };
}

function removal(text: string, pair: Pair): Cut {
  const from = lineStart(text, startOf(pair));
  return { from, to: blockEnd(text, endOf(pair), startOf(pair) - from), lines: "", indent: 0 };
}

function addition(text: string, map: YAMLMap, yaml: string): Cut | null {
  const first = map.items[0];
  const last = map.items.at(-1);
  if (first === undefined || last === undefined) return null;
  const indent = text.slice(lineStart(text, startOf(first)), startOf(first));
  const at = blockEnd(text, endOf(last), indent.length);
  const lines = yaml
    .split("\n")
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");
  return { from: at, to: at, lines, indent: indent.length };
}

/** Whether every key of the mapping starts its own line. */
function isOwnLines(text: string, map: YAMLMap): boolean {
  return map.items.every((pair) => /^\s*$/.test(text.slice(lineStart(text, startOf(pair)), startOf(pair))));
}

function startOf(pair: Pair): number {
  return (pair.key as Node | null)?.range?.[0] ?? 0;
}

/** Where the last thing below a pair ends, comments after it not counted. */
function endOf(node: unknown): number {
  if (isPair(node)) return Math.max(endOf(node.key), endOf(node.value));
  if (isMap(node) || isSeq(node)) {
    const last = node.items.at(-1);
    if (node.flow !== true && last !== undefined) return endOf(last);
  }
  const end = (node as Node | null)?.range?.[1] ?? 0;
  // A block scalar's range takes the line break that ends it.
  return isScalar(node) && node.type?.startsWith("BLOCK") === true ? Math.max(0, end - 1) : end;
}

/** Where a block ends, with the comments below it that are indented deeper than its key. */
function blockEnd(text: string, offset: number, indent: number): number {
  let end = lineEnd(text, offset);
  for (let next = end; next < text.length;) {
    const after = lineEnd(text, next);
    const line = text.slice(next, after);
    const isInside = line.trimStart().startsWith("#") && line.length - line.trimStart().length > indent;
    if (!isInside && line.trim() !== "") break;
    if (isInside) end = after;
    next = after;
  }
  return end;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

/** Whether the new text says what the old one said, the edited keys apart. */
function isAsMeant(file: ConfigurationFile, edits: readonly SectionEdit[], after: string): boolean {
  const was = valueOf(file.text) ?? new Map();
  const is = valueOf(after) ?? new Map();
  const meant = edits.reduce<unknown>((value, edit) => applied(value, file.path, edit), was);
  return isSame(meant, is);
}

/** A document as maps, lists and scalars with aliases followed; undefined for what cannot be read. */
function valueOf(text: string): unknown {
  const document = parseDocument(text, { intAsBigInt: true, prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ mapAsMap: true });
  } catch {
    return undefined;
  }
}

function applied(value: unknown, path: readonly string[], edit: SectionEdit): unknown {
  const [key, ...rest] = [...path, ...(edit.within === undefined ? [] : [edit.within])];
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : [];
  const copy = new Map(entries);
  if (key !== undefined) {
    const inner = { ...edit, within: undefined };
    return copy.set(key, applied(copy.get(key), rest, inner));
  }
  if (edit.kind === "remove") copy.delete(edit.key);
  else if (edit.kind === "replace") copy.set(edit.key, valueOf(edit.yaml));
  else copy.set(edit.key, (valueOf(edit.yaml) as Map<unknown, unknown>).get(edit.key));
  return copy;
}

/** Equal in value; a mapping that lost its last key reads as nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Map && a.size === 0) return b === null || (b instanceof Map && b.size === 0);
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    return [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)));
  }
  if (!Array.isArray(a)) return Object.is(a, b);
  return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
}
