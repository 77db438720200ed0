import { expect, test } from "vitest";

import { splitStatements } from "#e2e/golden/restore-sql.ts";
import { readGolden } from "#lib/stores/postgres/testing.ts";

test("statements end where SQL says, not where a semicolon stands", () => {
  const dump = String.raw`a 'x;''y' ; b "q;" -- c;
; E'\';' ;/* ; */ $$;$$ $t$;$$;$t$;
\restrict x'y
last`;
  expect([...splitStatements(dump)]).toEqual([
    "a 'x;''y'",
    'b "q;" -- c;',
    String.raw`E'\';'`,
    "/* ; */ $$;$$ $t$;$$;$t$",
    "last",
  ]);
});

test("a dump that ends inside a string, or uses COPY, is refused", () => {
  expect(() => [...splitStatements("INSERT INTO a VALUES ('")]).toThrow(/inside/);
  expect(() => [...splitStatements("COPY a FROM stdin;\n1\n\\.\n")]).toThrow(/COPY/);
});

test.each(["source", "invalidated-by-real-migration"] as const)(
  "every INSERT of %s is one statement",
  async (name) => {
    const dump = await readGolden(name);
    const statements = [...splitStatements(dump)];
    const inserts = statements.filter((sql) => sql.startsWith("INSERT "));
    expect(inserts).toHaveLength(dump.match(/^INSERT INTO /gm)?.length ?? 0);
    expect(statements.filter((sql) => !/^(SET|SELECT|CREATE|INSERT|ALTER) /.test(sql))).toEqual([]);
  },
);
