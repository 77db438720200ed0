import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";

import { keyText } from "#lib/atlasdb/configuration-file.ts";

/** What stands in place of a secret. */
export const REDACTED = "<redacted>";

const SECRET_KEY =
  "[\\w.-]*(?:pass(?:word|wd|phrase|code)|pwd|secret|token|credential|private[-_.]?key|api[-_.]?key|access[-_.]?key)[\\w.-]*";
const SECRET_NAME = new RegExp(`^${SECRET_KEY}$`, "i");

/**
 * The same text without secrets: the values under keys that name one (password, secret, token, key…), wherever they stand and however deep
 * their values are; user information in URLs; PEM private keys; `password=` in connection strings. Works on text that is no YAML too, then
 * line by line and rather too much than too little. Everything else, comments included, stays as it is. Run it before anything is stored.
 */
export function redactConfiguration(text: string): string {
  return redactInLines(redactNodes(text) ?? redactBlocks(text))
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s"'@]*@/gi, `$1${REDACTED}@`);
}

/** A user's name is no secret; what stands beside it under `credentials` may be. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function isPlainName(name: string): boolean {
  return /^(user(name)?|login|type|path)$/i.test(name);
}

/** Redacts what the parser finds; null for text that is no YAML. */
function redactNodes(text: string): string | null {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return null;
  const ranges: [number, number][] = [];
  collect(document.contents, false, ranges, 0);
  return ranges
    .toSorted((a, b) => b[0] - a[0])
    .reduce((redacted, [from, to]) => replaceRange(redacted, from, to), text);
}

function collect(node: unknown, secret: boolean, ranges: [number, number][], depth: number): void {
  if (depth > 100) return;
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = keyText(pair);
      collect(pair.value, isSecretName(name) || (secret && !isPlainName(name)), ranges, depth + 1);
    }
  } else if (isSeq(node)) {
    for (const item of node.items) collect(item, secret, ranges, depth + 1);
  } else if (isScalar(node) && secret && node.value !== null) {
    const range = (node as Node).range;
    if (range) ranges.push([range[0], range[1]]);
  }
}

function replaceRange(text: string, from: number, to: number): string {
  const old = text.slice(from, to);
  // A block scalar's range ends with its line break, which separates it from the next key.
  return `${text.slice(0, from)}"${REDACTED}"${old.endsWith("\n") ? "\n" : ""}${text.slice(to)}`;
}

const IN_LINE = new RegExp(
  `(["']?${SECRET_KEY}["']?[^\\S\\n]*[:=][^\\S\\n]*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,}\\]{[&"'][^,}\\]\\n&]*)`,
  "gi",
);
const OPENS_BLOCK = new RegExp(
  `^(\\s*)(?:- )?["']?${SECRET_KEY}["']?\\s*:\\s*(?:[|>][-+0-9]*)?\\s*(?:#.*)?$`,
  "i",
);

/** Secrets on one line, also in comments, connection strings and text that is no YAML. */
function redactInLines(text: string): string {
  return text.replace(IN_LINE, (whole: string, key: string, value: string) =>
    value.includes(REDACTED) || /^[|>]/.test(value) ? whole : `${key}"${REDACTED}"`,
  );
}

/** For text that is no YAML: every line that is indented below a secret's key, user names apart. */
function redactBlocks(text: string): string {
  let inside: number | null = null;
  return text
    .split("\n")
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      if (inside !== null && line.trim() !== "" && indent <= inside) inside = null;
      if (inside !== null && line.trim() !== "") return redactInside(line, indent);
      if (OPENS_BLOCK.test(line)) inside = indent;
      return line;
    })
    .join("\n");
}

function redactInside(line: string, indent: number): string {
  const name = /^\s*["']?([\w.-]+)["']?\s*:\s/.exec(line)?.[1];
  if (name !== undefined && isPlainName(name)) return line;
  return `${" ".repeat(indent)}${REDACTED}`;
}
