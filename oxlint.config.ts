import { defineConfig } from "oxlint";

/** A ban on module names, as a regular expression over what stands in the import. */
interface Ban {
  readonly regex: string;
  readonly message: string;
}

/** The files of `lib/engine` that decide and render; the others of that folder have effects. */
const ENGINE_PURE =
  "{step,plan,reading,move-reading,operation,decide,finding,findings,proof,attempt,unit,render,render-operation,verdict,condition,conditions,state,redact}";

const PURE_FILES = [
  "lib/runbooks/**",
  "lib/timestamps/**",
  "lib/atlasdb/**",
  "lib/errors.ts",
  "lib/audit/{classified,verify-chain}.ts",
  "lib/approvals/{policy,judge-approval,plan-differences,compare-readings}.ts",
  "lib/freeze/judge-starts.ts",
  "lib/mover/{assess-report,counts,copy-view}.ts",
  `lib/engine/${ENGINE_PURE}.ts`,
];
const PURE_MODULES = `runbooks/|timestamps/|atlasdb/|errors\\.ts$|audit/(?:classified|verify-chain)\\.ts$|approvals/(?:policy|judge-approval|plan-differences|compare-readings)\\.ts$|freeze/judge-starts\\.ts$|mover/(?:assess-report|counts|copy-view)\\.ts$|[a-z-]+/schema\\.ts$|stores/bound-state\\.ts$|timelock/(?:limits|namespace-name)\\.ts$|engine/(?:${ENGINE_PURE.slice(1, -1).replaceAll(",", "|")})\\.ts$`;

const TESTS = ["**/*.test.{ts,tsx}", "**/testing.ts", "**/testing-*.ts", "**/testing/**", "**/*-contract.ts"];

const relative: Ban = {
  regex: "^\\.{1,2}(/|$)",
  message: "Import through package.json imports: #lib/… with the extension.",
};
const barrel: Ban = {
  regex: "(/|^)index\\.[jt]sx?$",
  message: "No barrels: import the file that declares it.",
};
const roots: Ban = {
  regex: "^#lib/(processes|sandbox)/",
  message: "Nothing imports lib/processes or lib/sandbox.",
};
const localCassandra: Ban = {
  regex: "^#lib/local-cassandra/",
  message: "lib/local-cassandra belongs to tests, lib/sandbox and lib/processes.",
};
const web: Ban = { regex: "^#lib/web/", message: "Only app/ imports lib/web." };
const serverOnly: Ban = {
  regex: "^server-only$",
  message: "server-only stands in lib/web only: in plain Node it throws.",
};
const prisma: Ban = { regex: "^(@prisma/|#prisma/)", message: "Prisma is imported in lib/db only." };
const pg: Ban = {
  regex: "^pg(-(?!boss)|/|$)",
  message: "pg is imported in lib/stores/postgres and lib/db only.",
};
const pgBoss: Ban = { regex: "^pg-boss(/|$)", message: "pg-boss is imported in lib/jobs only." };
const nodemailer: Ban = {
  regex: "^nodemailer(/|$)",
  message: "nodemailer is imported in lib/notifications only.",
};
const undici: Ban = { regex: "^undici(/|$)", message: "undici is imported in lib/timelock only." };
const cassandra: Ban = {
  regex: "^cassandra-driver(/|$)",
  message: "cassandra-driver is imported in lib/stores/cassandra only.",
};
const betterAuth: Ban = {
  regex: "^better-auth(/|$)",
  message: "better-auth is imported in lib/people and lib/web only.",
};
const pino: Ban = { regex: "^pino(-|/|$)", message: "Log through lib/log.ts." };
const next: Ban = {
  regex: "^(next|react|react-dom)(/|$)",
  message: "lib/ outside lib/web knows no Next and no React.",
};
const pages: Ban = { regex: "^#(app|components)/", message: "lib/ knows no page and no component." };
const dev: Ban = {
  regex: "^(vitest|fast-check|@playwright/.*|#e2e/.*)(/|$)",
  message: "Test tools belong to tests.",
};
const pure: Ban = {
  regex: `^(?!zod$|yaml$|#lib/(?:${PURE_MODULES}))`,
  message: "A pure folder imports pure folders and zod only.",
};
const browser: Ban = {
  regex: `^(node:.*|#lib/(?!${PURE_MODULES}|[a-z-]+/(?:schema|queries)\\.ts$).*)`,
  message: "Browser code imports pure folders, schema.ts and queries.ts only.",
};
const browserApp: Ban = {
  regex: "^#app/(?!.*actions?\\.ts$)",
  message: "A component gets data and actions as props.",
};

const EVERYWHERE = [relative, barrel];
const DRIVERS = [prisma, pg, pgBoss, nodemailer, undici, cassandra, betterAuth, pino, serverOnly];
const LIB = [...EVERYWHERE, roots, localCassandra, web, next, pages, dev];

/** Import bans for a set of files: all of `bans` but the `allowed` ones. */
function imports(files: readonly string[], bans: readonly Ban[], allowed: readonly Ban[] = []) {
  const patterns = bans.filter((ban) => !allowed.includes(ban));
  return {
    files: [...files],
    rules: { "lockstep/imports": ["error", ...patterns] as ["error", ...Ban[]] },
  };
}

export default defineConfig({
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: "error" },
  plugins: [
    "eslint",
    "typescript",
    "unicorn",
    "oxc",
    "import",
    "react",
    "nextjs",
    "promise",
    "vitest",
    "jsx-a11y",
  ],
  jsPlugins: [{ name: "lockstep", specifier: "./oxlint-plugin.js" }],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: [
    "node_modules",
    ".next",
    ".lockstep",
    "prisma/generated",
    "next-env.d.ts",
    "test-results",
    "playwright-report",
  ],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/only-throw-error": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "oxc/no-barrel-file": ["error", { threshold: 0 }],
    "vitest/no-disabled-tests": "error",
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
    "vitest/no-focused-tests": "error",
    "max-lines": ["error", { max: 400 }],
    "max-lines-per-function": ["error", { max: 70 }],
    "no-console": "error",
    "react/react-in-jsx-scope": "off",
    "import/no-unassigned-import": "off",
    "import/no-named-as-default-member": "off",
    "no-underscore-dangle": "off",
    "no-shadow": "off",
    "no-await-in-loop": "off",
    "typescript/consistent-return": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/no-unnecessary-type-parameters": "off",
    "unicorn/consistent-function-scoping": "off",
    "promise/always-return": "off",
    "vitest/require-mock-type-parameters": "off",
    "vitest/expect-expect": "off",
    "vitest/no-conditional-expect": "off",
    "vitest/no-standalone-expect": "off",
    "jsx-a11y/prefer-tag-over-role": "off",
  },
  overrides: [
    {
      files: ["lib/**"],
      rules: {
        "lockstep/no-plain-error": "error",
        "lockstep/documented-exports": "error",
        "no-restricted-globals": [
          "error",
          {
            name: "Number",
            message: "Longs are bigint: use lib/timestamps/long.ts, or zod for small numbers.",
          },
          {
            name: "parseInt",
            message: "Longs are bigint: use lib/timestamps/long.ts, or zod for small numbers.",
          },
          {
            name: "parseFloat",
            message: "Longs are bigint: use lib/timestamps/long.ts, or zod for small numbers.",
          },
        ],
        "no-restricted-properties": [
          "error",
          {
            object: "JSON",
            property: "parse",
            message: "JSON.parse rounds longs: use parseJson (lib/timestamps/json.ts).",
          },
        ],
      },
    },
    imports(["lib/**"], [...LIB, ...DRIVERS]),
    imports(PURE_FILES, [...LIB, pure]),
    imports(["lib/db/**"], [...LIB, ...DRIVERS], [prisma, pg]),
    imports(["lib/stores/postgres/**"], [...LIB, ...DRIVERS], [pg]),
    imports(["lib/stores/cassandra/**"], [...LIB, ...DRIVERS], [cassandra]),
    imports(["lib/jobs/**"], [...LIB, ...DRIVERS], [pgBoss]),
    imports(["lib/notifications/**"], [...LIB, ...DRIVERS], [nodemailer]),
    imports(["lib/timelock/**"], [...LIB, ...DRIVERS], [undici]),
    imports(["lib/people/**"], [...LIB, ...DRIVERS], [betterAuth]),
    imports(["lib/log.ts"], [...LIB, ...DRIVERS], [pino]),
    imports(["lib/web/**"], [...LIB, ...DRIVERS], [web, next, betterAuth, serverOnly]),
    imports(["lib/sandbox/**"], [...LIB, ...DRIVERS], [roots, pg, cassandra, localCassandra]),
    imports(["lib/local-cassandra/**"], [...LIB, ...DRIVERS], [localCassandra]),
    imports(["lib/processes/**"], [...LIB, ...DRIVERS], [roots, localCassandra]),
    imports(["lib/processes/web.ts"], [...LIB, ...DRIVERS], [roots, next]),
    imports(["components/**"], [...EVERYWHERE, ...DRIVERS, dev, browser, browserApp]),
    imports(
      ["app/**", "proxy.ts", "instrumentation.ts"],
      [...EVERYWHERE, ...DRIVERS, roots, localCassandra, dev],
    ),
    imports(["e2e/**"], [...EVERYWHERE, prisma, undici, serverOnly]),
    {
      files: ["lib/timestamps/json.ts"],
      rules: { "no-restricted-properties": "off", "no-restricted-globals": "off" },
    },
    {
      // Runs on the Node that the person has, before anything is installed: no imports map, no TypeScript.
      files: ["lib/processes/bootstrap.mjs"],
      rules: {
        "no-restricted-globals": "off",
        "no-restricted-properties": "off",
        "lockstep/imports": "off",
        "no-console": "off",
        "lockstep/no-plain-error": "off",
      },
    },
    {
      files: ["app/**", "*.config.{ts,js}", "oxlint-plugin.js", "proxy.ts", "e2e/*.setup.ts"],
      rules: { "import/no-default-export": "off" },
    },
    { files: ["*.config.{ts,js}"], rules: { "lockstep/imports": "off" } },
    // Pages are open routes: Next names these files.
    { files: ["app/**"], rules: { "unicorn/filename-case": "off" } },
    {
      files: [...TESTS, "e2e/**"],
      rules: {
        "max-lines-per-function": "off",
        "max-lines": "off",
        "lockstep/no-plain-error": "off",
        "lockstep/documented-exports": "off",
        "no-restricted-globals": "off",
        "no-console": "off",
      },
    },
    imports(TESTS, EVERYWHERE),
  ],
});
