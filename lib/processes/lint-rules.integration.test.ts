import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { parseJson } from "#lib/timestamps/json.ts";

/** Every rule of the house, each broken once by a planted file: [what, file, text, rule, part of the message]. */
const PLANTED: readonly (readonly [string, string, string, string, string?])[] = [
  ["a relative import", "app/a/page.tsx", 'import "./b.ts";', "lockstep(imports)", "package.json imports"],
  ["a parent import", "lib/log/a.ts", 'import "../errors.ts";', "lockstep(imports)", "package.json imports"],
  [
    "an import of a barrel",
    "lib/people/a.ts",
    'import "#lib/people/index.ts";',
    "lockstep(imports)",
    "No barrels",
  ],
  ["a barrel", "lib/people/all.ts", 'export * from "#lib/errors.ts";', "oxc(no-barrel-file)"],
  [
    "Prisma outside lib/db",
    "lib/people/b.ts",
    'import "@prisma/client";',
    "lockstep(imports)",
    "lib/db only",
  ],
  [
    "generated Prisma outside lib/db",
    "app/b/page.tsx",
    'import "#prisma/generated/client.ts";',
    "lockstep(imports)",
    "lib/db",
  ],
  ["pg in a page", "app/c/page.tsx", 'import "pg";', "lockstep(imports)", "lib/stores/postgres"],
  ["pg in a verb", "lib/inventory/a.ts", 'import "pg";', "lockstep(imports)", "lib/stores/postgres"],
  ["pg-boss outside lib/jobs", "lib/migrations/a.ts", 'import "pg-boss";', "lockstep(imports)", "lib/jobs"],
  [
    "nodemailer outside lib/notifications",
    "lib/people/mail.ts",
    'import "nodemailer";',
    "lockstep(imports)",
    "lib/notifications",
  ],
  [
    "cassandra-driver outside lib/stores/cassandra",
    "lib/inventory/c.ts",
    'import "cassandra-driver";',
    "lockstep(imports)",
    "lib/stores/cassandra",
  ],
  [
    "the servers of the tests from the product",
    "lib/stores/cassandra/a.ts",
    'import "#lib/local-cassandra/server.ts";',
    "lockstep(imports)",
    "lib/local-cassandra",
  ],
  ["undici outside lib/timelock", "lib/db/a.ts", 'import "undici";', "lockstep(imports)", "lib/timelock"],
  [
    "a driver loaded dynamically",
    "lib/audit/a.ts",
    'void import("pg");',
    "lockstep(imports)",
    "lib/stores/postgres",
  ],
  ["pino outside lib/log.ts", "lib/audit/b.ts", 'import "pino";', "lockstep(imports)", "lib/log.ts"],
  [
    "better-auth in the engine",
    "lib/engine/execute.ts",
    'import "better-auth";',
    "lockstep(imports)",
    "lib/people",
  ],
  [
    "the sandbox from the product",
    "lib/inventory/b.ts",
    'import "#lib/sandbox/a.ts";',
    "lockstep(imports)",
    "lib/sandbox",
  ],
  [
    "a process from the product",
    "lib/web/a.ts",
    'import "#lib/processes/a.ts";',
    "lockstep(imports)",
    "lib/processes",
  ],
  [
    "a process from a page",
    "app/d/page.tsx",
    'import "#lib/processes/a.ts";',
    "lockstep(imports)",
    "lib/processes",
  ],
  [
    "lib/web from a process",
    "lib/processes/b.ts",
    'import "#lib/web/a.ts";',
    "lockstep(imports)",
    "Only app/",
  ],
  [
    "a page from lib",
    "lib/people/c.ts",
    'import "#components/ui/button.tsx";',
    "lockstep(imports)",
    "no page",
  ],
  ["Next outside lib/web", "lib/people/d.ts", 'import "next/headers";', "lockstep(imports)", "no Next"],
  [
    "server-only outside lib/web",
    "lib/people/e.ts",
    'import "server-only";',
    "lockstep(imports)",
    "lib/web only",
  ],
  ["an effect in a runbook", "lib/runbooks/a.ts", 'import "node:fs";', "lockstep(imports)", "pure folder"],
  [
    "the database in a pure file",
    "lib/engine/plan.ts",
    'import "#lib/db/client.ts";',
    "lockstep(imports)",
    "pure folder",
  ],
  [
    "an engine effect in a pure file",
    "lib/engine/step.ts",
    'import "#lib/engine/execute.ts";',
    "lockstep(imports)",
    "pure",
  ],
  ["Node in the browser", "components/a.tsx", 'import "node:fs";', "lockstep(imports)", "Browser code"],
  [
    "a verb in the browser",
    "components/b.tsx",
    'import "#lib/people/sign-in.ts";',
    "lockstep(imports)",
    "Browser code",
  ],
  ["a page in a component", "components/c.tsx", 'import "#app/page.tsx";', "lockstep(imports)", "props"],
  ["a test tool in the product", "lib/people/f.ts", 'import "vitest";', "lockstep(imports)", "Test tools"],
  [
    "a cycle",
    "lib/people/cycle-a.ts",
    'import { b } from "#lib/people/cycle-b.ts";\n/** A. */\nexport const a = () => b;',
    "import(no-cycle)",
  ],
  [
    "a default export",
    "lib/people/g.ts",
    "/** G. */\nexport default function g() {}",
    "import(no-default-export)",
  ],
  ["an undocumented export", "lib/people/h.ts", "export const h = 1;", "lockstep(documented-exports)"],
  ["a plain Error", "lib/people/i.ts", 'throw new Error("no");', "lockstep(no-plain-error)"],
  ["Number()", "lib/people/j.ts", "Number(document.title);", "eslint(no-restricted-globals)"],
  ["parseInt", "lib/people/k.ts", "parseInt(document.title, 10);", "eslint(no-restricted-globals)"],
  ["parseFloat", "lib/people/l.ts", "parseFloat(document.title);", "eslint(no-restricted-globals)"],
  ["JSON.parse", "lib/people/m.ts", "JSON.parse(document.title);", "eslint(no-restricted-properties)"],
  ["a floating promise", "lib/people/n.ts", "fetch(document.title);", "typescript(no-floating-promises)"],
  [
    "a misused promise",
    "lib/people/o.ts",
    "if (fetch(document.title)) globalThis.close();",
    "typescript(no-misused-promises)",
  ],
  [
    "a missing case",
    "lib/people/p.ts",
    '/** P. */\nexport function p(kind: "a" | "b") {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n}',
    "typescript(switch-exhaustiveness-check)",
  ],
  [
    "any",
    "lib/people/q.ts",
    "/** Q. */\nexport const q = (x: any): unknown => x;",
    "typescript(no-explicit-any)",
  ],
  [
    "a non-null assertion",
    "lib/people/r.ts",
    "/** R. */\nexport const r = (x?: string) => x!;",
    "typescript(no-non-null-assertion)",
  ],
  ["a thrown string", "lib/people/s.ts", 'throw "no";', "typescript(only-throw-error)"],
  ["a file name in camel case", "lib/people/camelCase.ts", "document.close();", "unicorn(filename-case)"],
  ["a file of 401 lines", "lib/people/long-file.ts", "document.close();\n".repeat(401), "eslint(max-lines)"],
  [
    "a function of 71 lines",
    "lib/people/long-function.ts",
    `/** T. */\nexport function t() {\n${"  document.close();\n".repeat(70)}}`,
    "eslint(max-lines-per-function)",
  ],
  ["console", "lib/people/u.ts", 'console.log("u");', "eslint(no-console)"],
  [
    "a test that is skipped",
    "lib/people/v.test.ts",
    'import { it } from "vitest";\nit.skip("v", () => {});',
    "vitest(no-disabled-tests)",
  ],
  [
    "a test that shuts out the others",
    "lib/people/w.test.ts",
    'import { it } from "vitest";\nit.only("w", () => {});',
    "vitest(no-focused-tests)",
  ],
];

/** What must stay allowed, so that the rules above are not merely "no". */
const INNOCENT: readonly (readonly [string, string])[] = [
  [
    "lib/people/cycle-b.ts",
    'import { a } from "#lib/people/cycle-a.ts";\n/** B. */\nexport const b = () => a;',
  ],
  ["lib/db/x.ts", 'import "pg";\nimport "@prisma/client";'],
  ["lib/timelock/x.ts", 'import "undici";'],
  ["lib/stores/cassandra/x.ts", 'import "cassandra-driver";'],
  ["lib/sandbox/x.ts", 'import "cassandra-driver";\nimport "#lib/local-cassandra/server.ts";'],
  ["lib/runbooks/x.ts", 'import "zod";\nimport "#lib/engine/step.ts";\nimport "#lib/timestamps/long.ts";'],
  ["lib/processes/x.ts", 'import "#lib/sandbox/server.ts";\nimport "#lib/engine/execute.ts";'],
  [
    "components/x.tsx",
    'import "#lib/people/schema.ts";\nimport "#lib/people/queries.ts";\nimport "#lib/timestamps/long.ts";',
  ],
  ["app/x/page.tsx", "export default function Page() {\n  return null;\n}"],
  ["lib/people/x.test.ts", 'import "fast-check";\nthrow new Error("a test may");'],
];

const report = z.object({
  diagnostics: z.array(z.object({ filename: z.string(), code: z.string().optional(), message: z.string() })),
});

let folder: string;
let diagnostics: z.infer<typeof report>["diagnostics"];

beforeAll(async () => {
  const root = path.join(import.meta.dirname, "..", "..");
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-lint-"));
  for (const file of ["oxlint.config.ts", "oxlint-plugin.js", "tsconfig.json", "package.json"]) {
    await cp(path.join(root, file), path.join(folder, file));
  }
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  for (const [file, text] of [...PLANTED.map(([, file, text]) => [file, text] as const), ...INNOCENT]) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), `${text}\n`);
  }
  const oxlint = path.join(root, "node_modules", "oxlint", "bin", "oxlint");
  const output = await new Promise<string>((resolve) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile(
      process.execPath,
      [oxlint, "-f", "json", "app", "components", "lib"],
      options,
      (_error, stdout) => resolve(stdout),
    );
  });
  diagnostics = report.parse(parseJson(output)).diagnostics;
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

it.each(PLANTED)("finds %s", (_what, file, _text, rule, part = "") => {
  const found = diagnostics.filter((entry) => entry.filename === file);
  expect(found.map((entry) => entry.code)).toContain(rule);
  expect(found.some((entry) => entry.code === rule && entry.message.includes(part))).toBe(true);
});

it.each(INNOCENT)("leaves %s alone", (file) => {
  const isImportRule = (code: string | undefined) =>
    code === "lockstep(imports)" || code?.includes("default-export");
  expect(diagnostics.filter((entry) => entry.filename === file && isImportRule(entry.code))).toEqual([]);
});
