import { stringify } from "yaml";

import {
  type ConfigurationFile,
  type ConfigurationFinding,
  type ConfigurationKind,
  parseConfigurationFile,
  type Section,
} from "#lib/atlasdb/configuration-file.ts";
import { type DiffLine, diffLines } from "#lib/atlasdb/line-diff.ts";
import type { NodeFiles } from "#lib/atlasdb/wanted-configuration.ts";
import { editSection, type SectionEdit } from "#lib/atlasdb/yaml-edit.ts";

/**
 * One thing to do, in words; `yaml` is what to write, where there is something. `key` is dotted where it stands below another.
 * `replace` puts `yaml`, a bare value, in place of the one that stands there.
 */
export type ConfigurationChange = {
  readonly file: ConfigurationKind;
  readonly action: "remove" | "add" | "replace" | "check";
  readonly key: string;
  readonly text: string;
  readonly yaml: string | null;
};

/** A new file made from an old one. Holds the old one's secrets: redact before storing. */
export type ChangedFile = {
  readonly file: ConfigurationKind;
  readonly before: string;
  readonly after: string;
  readonly diff: readonly DiffLine[];
};

/**
 * One way to write a node's files, with its title and when to choose it; most runbooks have only one way. `files` are the new files, made
 * from the old ones where those were given. `problems` say why one could not be read or rewritten; the words in `changes` still hold then.
 */
export type ConfigurationForm = {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly changes: readonly ConfigurationChange[];
  readonly files: readonly ChangedFile[];
  readonly problems: readonly ConfigurationFinding[];
};

/** What a form asks for: with both sections as parsed, or in general where no files were given or they cannot be read. */
export type ChangesOf = (sections: Sections | null) => readonly ConfigurationChange[];

/** AtlasDB's sections in a node's files. */
export type Sections = { readonly install: Section; readonly runtime: Section | null };

/** Makes a form: the changes in words, and the new files with everything else as it was. Pure. */
export function makeForm(
  { id, title, text }: Pick<ConfigurationForm, "id" | "title" | "text">,
  files: NodeFiles | null,
  changesOf: ChangesOf,
): ConfigurationForm {
  if (files === null) return { id, title, text, changes: changesOf(null), files: [], problems: [] };
  const install = parseConfigurationFile("install", files.install.text, files.install.root);
  const path = install.ok ? install.file.path : undefined;
  const runtime =
    files.runtime === null
      ? null
      : parseConfigurationFile("runtime", files.runtime.text, files.runtime.root, path);
  const problems = [...install.findings, ...(runtime?.findings ?? [])].filter(
    ({ severity }) => severity !== "pass",
  );
  if (!install.ok || runtime?.ok === false)
    return { id, title, text, changes: changesOf(null), files: [], problems };
  const runtimeFile = runtime?.ok === true && runtime.file.found ? runtime.file : null;
  const changes = changesOf({ install: install.file.section, runtime: runtimeFile?.section ?? null });
  const made = [install.file, ...(runtimeFile === null ? [] : [runtimeFile])].map((file) =>
    rewrite(file, changes),
  );
  return {
    id,
    title,
    text,
    changes,
    files: made.filter((file) => "diff" in file),
    problems: [...problems, ...made.filter((file) => "code" in file)],
  };
}

/** A block to take out. */
export function removed(key: string, file: ConfigurationKind = "install"): ConfigurationChange {
  const text = `Remove the block ${key}, with everything indented below it.`;
  return { file, action: "remove", key, text, yaml: null };
}

/** A key to write; `yaml` is unindented and ends with a line break. */
export function added(
  file: ConfigurationKind,
  key: string,
  yaml: string,
  text?: string,
): ConfigurationChange {
  return {
    file,
    action: "add",
    key,
    text: text ?? `Add ${key} to AtlasDB's section of the ${file} file.`,
    yaml,
  };
}

/** A value to write in place of another. */
export function replaced(key: string, value: string, text: string): ConfigurationChange {
  return { file: "install", action: "replace", key, text, yaml: scalar(value) };
}

/** Something to look at; nothing is rewritten for it. */
export function check(key: string, text: string, file: ConfigurationKind = "install"): ConfigurationChange {
  return { file, action: "check", key, text, yaml: null };
}

/** YAML of one block. */
export function block(key: string, value: unknown): string {
  return stringify({ [key]: value }, { lineWidth: 0 });
}

/** A text as a YAML scalar, quoted where it must be. */
export function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

function rewrite(
  file: ConfigurationFile,
  changes: readonly ConfigurationChange[],
): ChangedFile | ConfigurationFinding {
  const after = editSection(
    file,
    changes.filter((change) => change.file === file.kind).flatMap((change) => editsOf(change)),
  );
  if (after !== null) return { file: file.kind, before: file.text, after, diff: diffLines(file.text, after) };
  return {
    severity: "warning",
    code: "not-rewritable",
    message:
      "This file is written in a way that cannot be changed line by line (braces, keys that share a line, or values shared by an alias). Make the changes by hand.",
    file: file.kind,
    line: file.section.line,
  };
}

function editsOf({ action, key, yaml }: ConfigurationChange): SectionEdit[] {
  const [first = key, inner] = key.split(".");
  const place = inner === undefined ? { key } : { key: inner, within: first };
  if (action === "remove") return [{ kind: "remove", ...place }];
  if (action === "check" || yaml === null) return [];
  return action === "add" ? [{ kind: "add", ...place, yaml }] : [{ kind: "replace", ...place, yaml }];
}
