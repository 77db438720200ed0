import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";

/** The two files that an AtlasDB client reads. */
export type ConfigurationKind = "install" | "runtime";

/** What one rule says about the files. `line` counts from 1; null where the finding belongs to no line. */
export type ConfigurationFinding = {
  readonly severity: "pass" | "warning" | "blocking";
  readonly code: string;
  readonly message: string;
  readonly file: ConfigurationKind;
  readonly line: number | null;
};

/** One scalar with the place that it was read from. */
export type Located = { readonly text: string; readonly line: number; readonly file: ConfigurationKind };

/** A mapping of a file: the only way in which rules look at YAML. */
export interface Section {
  readonly file: ConfigurationKind;
  /** The line of the section's key, or 1 for a whole file. */
  readonly line: number;
  /** Every key in file order, with its line. */
  readonly keys: readonly { readonly name: string; readonly line: number }[];
  /** The mapping under a key; null where the key is absent, has no value or another one. `{}` is a mapping, nothing at all is none. */
  section(key: string): Section | null;
  /** The scalar under a key; null where the key is absent, empty or no scalar. */
  value(key: string): Located | null;
  /** The scalars of a list under a key; a single scalar counts as a list of one. */
  list(key: string): readonly Located[];
  /** The line of a key, with or without a value; null where it is absent. */
  lineOf(key: string): number | null;
  /** Whether a key stands there without a value, which AtlasDB's reader takes for absent. */
  isEmpty(key: string): boolean;
}

/** A file as parsed, with AtlasDB's section in it. `path` leads from the top to it; `found` false: a runtime file that has none. */
export type ConfigurationFile = {
  readonly kind: ConfigurationKind;
  readonly found: boolean;
  readonly text: string;
  readonly root: YAMLMap | null;
  readonly path: readonly string[];
  readonly section: Section;
  readonly lineCounter: LineCounter;
};

/** A parsed file, or why it cannot be used. */
export type ParsedFile =
  | {
      readonly ok: true;
      readonly file: ConfigurationFile;
      readonly findings: readonly ConfigurationFinding[];
    }
  | { readonly ok: false; readonly findings: readonly ConfigurationFinding[] };

const MARKS: Readonly<Record<ConfigurationKind, readonly string[]>> = {
  install: ["keyValueService", "timelock", "leader", "namespace"],
  runtime: ["timelockRuntime", "sweep", "targetedSweep", "compact", "transaction", "keyValueService"],
};

/** What only AtlasDB's own section has, wherever it stands. */
const SURE_MARKS: Readonly<Record<ConfigurationKind, readonly string[]>> = {
  install: ["keyValueService"],
  runtime: ["timelockRuntime", "keyValueService"],
};

/**
 * Parses one file and finds AtlasDB's section: at `root` (a JSON pointer such as `/atlasdb`) where one is given, else at `likely` (where the
 * node's other file has it), under `atlasdb` or `atlas`, or the whole file, whichever looks like one first, else at the only place anywhere
 * in it that does. A runtime file without one has an empty section. Source: atlasdb-facts B.3 (config roots)
 */
export function parseConfigurationFile(
  kind: ConfigurationKind,
  text: string,
  root?: string,
  likely?: readonly string[],
): ParsedFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, intAsBigInt: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return refuse(
      kind,
      "not-yaml",
      `This is not one YAML document. Line ${line}, column ${col}: ${error.message}. Paste the file as AtlasDB reads it, without template marks.`,
      line,
    );
  }
  const top = document.contents === null ? null : followed(document.contents, document);
  const emptyFile = { kind, text, lineCounter };
  if (top === null || (isScalar(top) && top.value === null)) {
    if (kind === "install") return refuse(kind, "empty", "The install file is empty.", null);
    return withoutSection(emptyFile, true, []);
  }
  if (!isMap(top)) return refuse(kind, "not-a-mapping", "The file is not a mapping of keys to values.", 1);
  const context = { file: kind, lineCounter, document };
  const paths = root === undefined ? likelyPaths(kind, top, context, likely) : [pointerPath(root)];
  if (paths.length > 1) return refuse(kind, "root-ambiguous", ambiguousWords(paths), null);
  const [path = null] = paths;
  const found = path === null ? null : descend(top, path, context);
  if (found === null || path === null) {
    if (kind === "runtime" && root === undefined) {
      const isEmptied = ["atlasdb", "atlas"].some((key) => pairOf(top, key) !== undefined);
      return withoutSection(emptyFile, false, isEmptied ? [] : [NO_SECTION]);
    }
    const where = root === undefined ? "under atlasdb or atlas, nor anywhere else" : `at ${root}`;
    return refuse(
      kind,
      "root-missing",
      `AtlasDB's configuration was not found ${where}. Name the configuration root that the service uses.`,
      null,
    );
  }
  const findings: ConfigurationFinding[] = [
    {
      severity: "pass",
      code: "root",
      message:
        path.length === 0
          ? "The whole file is AtlasDB's configuration."
          : `AtlasDB's configuration stands under ${pointerOf(path)}.`,
      file: kind,
      line: found.line,
    },
  ];
  const file = {
    kind,
    found: true,
    text,
    root: found.map,
    path,
    section: sectionOf(found.map, found.line, context),
    lineCounter,
  };
  return { ok: true, file, findings };
}

function refuse(file: ConfigurationKind, code: string, message: string, line: number | null): ParsedFile {
  return { ok: false, findings: [{ severity: "blocking", code, message, file, line }] };
}

const NO_SECTION: ConfigurationFinding = {
  severity: "warning",
  code: "no-section",
  message:
    "This runtime file has no section of AtlasDB, which then takes its defaults. If the service reads it from another place of the file, name that place.",
  file: "runtime",
  line: null,
};

/** A runtime file in which AtlasDB finds nothing; `found` says whether additions may stand at its top. */
function withoutSection(
  { kind, text, lineCounter }: Pick<ConfigurationFile, "kind" | "text" | "lineCounter">,
  found: boolean,
  findings: readonly ConfigurationFinding[],
): ParsedFile {
  const section: Section = {
    file: kind,
    line: 1,
    keys: [],
    section: () => null,
    value: () => null,
    list: () => [],
    lineOf: () => null,
    isEmpty: () => false,
  };
  return { ok: true, file: { kind, found, text, root: null, path: [], section, lineCounter }, findings };
}

function ambiguousWords(paths: readonly (readonly string[])[]): string {
  const places = paths.map((path) => pointerOf(path)).join(", ");
  return `AtlasDB's configuration stands in more than one place of this file: ${places}. Name the one that is meant.`;
}

type Context = {
  readonly file: ConfigurationKind;
  readonly lineCounter: LineCounter;
  readonly document: ReturnType<typeof parseDocument>;
};

function likelyPaths(
  kind: ConfigurationKind,
  top: YAMLMap,
  context: Context,
  likely: readonly string[] | undefined,
): readonly (readonly string[])[] {
  const hasMark = (path: readonly string[]) => {
    const map = descend(top, path, context)?.map;
    return map !== undefined && MARKS[kind].some((key) => pairOf(map, key) !== undefined);
  };
  const usual = [...(likely === undefined ? [] : [likely]), ["atlasdb"], ["atlas"], []].find((path) =>
    hasMark(path),
  );
  if (usual !== undefined) return [usual];
  const anywhere = marked(kind, top, []);
  if (anywhere.length > 0) return anywhere;
  const named = [["atlasdb"], ["atlas"], ...(likely === undefined ? [] : [likely])];
  return named.filter((path) => path.length > 0 && descend(top, path, context) !== null).slice(0, 1);
}

const DEPTH_MAX = 12;

/** Every mapping that has a sure mark, none of them inside another. */
function marked(
  kind: ConfigurationKind,
  map: YAMLMap,
  path: readonly string[],
): readonly (readonly string[])[] {
  if (SURE_MARKS[kind].some((key) => pairOf(map, key) !== undefined)) return [path];
  if (path.length >= DEPTH_MAX) return [];
  return map.items.flatMap((pair) =>
    isMap(pair.value) ? marked(kind, pair.value, [...path, keyText(pair)]) : [],
  );
}

/** A path as a JSON pointer. */
export function pointerOf(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function pointerPath(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .filter((part) => part !== "")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function descend(top: YAMLMap, path: readonly string[], context: Context) {
  let map = top;
  let line = 1;
  for (const key of path) {
    const pair = pairOf(map, key);
    const value = pair === undefined ? null : followed(pair.value, context.document);
    if (pair === undefined || !isMap(value)) return null;
    map = value;
    line = lineOfNode(pair.key, context.lineCounter);
  }
  return { map, line };
}

function sectionOf(map: YAMLMap, line: number, context: Context): Section {
  const node = (key: string) => followed(pairOf(map, key)?.value, context.document);
  const located = (value: unknown): Located[] =>
    isScalar(value) && value.value !== null
      ? [{ text: scalarText(value), line: lineOfNode(value, context.lineCounter), file: context.file }]
      : [];
  const lineOf = (key: string) => {
    const pair = pairOf(map, key);
    return pair === undefined ? null : lineOfNode(pair.key, context.lineCounter);
  };
  return {
    file: context.file,
    line,
    keys: map.items.map((pair) => ({ name: keyText(pair), line: lineOfNode(pair.key, context.lineCounter) })),
    section(key) {
      const value = node(key);
      return isMap(value) ? sectionOf(value, lineOf(key) ?? line, context) : null;
    },
    value: (key) => located(node(key))[0] ?? null,
    list(key) {
      const value = node(key);
      if (!isSeq(value)) return located(value);
      return value.items.flatMap((item) => located(followed(item, context.document)));
    },
    lineOf,
    isEmpty(key) {
      const value = node(key);
      return (
        lineOf(key) !== null &&
        (value === null || value === undefined || (isScalar(value) && value.value === null))
      );
    },
  };
}

/** The node behind an alias. */
function followed(node: unknown, document: Context["document"]): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** The pair of a key in a mapping. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => keyText(pair) === key);
}

/** The text of a pair's key. */
export function keyText(pair: Pair): string {
  return isScalar(pair.key) ? scalarText(pair.key) : "";
}

function scalarText(node: { readonly value: unknown; readonly source?: string }): string {
  if (typeof node.value === "string") return node.value;
  return node.source ?? String(node.value);
}

function lineOfNode(node: unknown, lineCounter: LineCounter): number {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? 1 : lineCounter.linePos(range[0]).line;
}
