// The rules of the house that no stock rule covers. Loaded by oxlint.config.ts.

const DECLARES = new Set([
  "FunctionDeclaration",
  "ClassDeclaration",
  "VariableDeclaration",
  "TSTypeAliasDeclaration",
  "TSInterfaceDeclaration",
]);

/** lib/ throws typed errors only: AppError, AdapterError, InvariantError, so that every failure says what it means. */
const noPlainError = {
  create(context) {
    const check = (node) => {
      if (node.callee.type === "Identifier" && node.callee.name === "Error") {
        context.report({
          node,
          message: "Throw AppError, AdapterError or InvariantError (lib/errors.ts), not Error.",
        });
      }
    };
    return { NewExpression: check, CallExpression: check };
  },
};

/**
 * Every export of lib/ says in a docstring what it guarantees. One docstring may head a block of lines without a blank
 * one between them; a type inferred from a schema is documented by the schema.
 */
const documentedExports = {
  create(context) {
    const documented = (node) => {
      const last = context.sourceCode.getCommentsBefore(node).at(-1);
      if (last?.type === "Block" && last.value.startsWith("*")) return true;
      const before = node.parent.body[node.parent.body.indexOf(node) - 1];
      const adjacent = before?.type === node.type && before.loc.end.line === node.loc.start.line - 1;
      return adjacent && documented(before);
    };
    return {
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (declaration === null || !DECLARES.has(declaration.type)) return;
        const inferred =
          declaration.type === "TSTypeAliasDeclaration" &&
          /^z\.(infer|input|output)</.test(context.sourceCode.getText(declaration.typeAnnotation));
        if (!inferred && !documented(node)) {
          context.report({
            node,
            message: "An export of lib/ needs a docstring that says what it guarantees.",
          });
        }
      },
    };
  },
};

/**
 * Module names that the files of a folder may not import, statically or dynamically: options are { regex, message }.
 * Not the stock no-restricted-imports, which knows no look-ahead and so cannot say "nothing but".
 */
const imports = {
  meta: { schema: false },
  create(context) {
    const bans = context.options.map((ban) => ({ ...ban, regex: new RegExp(ban.regex) }));
    const check = (source) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      for (const ban of bans) {
        if (ban.regex.test(source.value))
          context.report({ node: source, message: `${source.value}: ${ban.message}` });
      }
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
    };
  },
};

export default {
  meta: { name: "lockstep" },
  rules: { imports, "no-plain-error": noPlainError, "documented-exports": documentedExports },
};
