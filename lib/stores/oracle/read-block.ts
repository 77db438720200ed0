import { literal, mappedNames, type OracleTarget, oracleTimestampTable } from "#lib/stores/oracle/target.ts";

/**
 * One read-only transaction that prints one line a fact, `lockstep.<what>` and a JSON object, ended by `lockstep.end`, so that a paste
 * can be checked for being whole. Every number goes through TO_CHAR with the format TM9: sqlplus itself rounds to NUMWIDTH digits.
 * What the user may not see is null (the DBID), never an error; tables are looked for in the one schema that is named.
 * Source: atlasdb-facts D.1, D.3, F.2, F.4; OracleTableNameUnmapper.java for the name mapping
 */
export function readBlock(target: OracleTarget): string {
  const { owner, table } = oracleTimestampTable(target);
  const { punch, transactions } = mappedNames(target);
  return [
    "SET TRANSACTION READ ONLY;",
    "DECLARE",
    `  own CONSTANT VARCHAR2(128) := ${literal(owner)};`,
    `  tab CONSTANT VARCHAR2(128) := ${literal(table)};`,
    ...FUNCTIONS,
    "BEGIN",
    ...SERVER,
    ...BOUND,
    ...newest("punch", punch, "ts DESC, row_name", ""),
    ...newest("transactions", transactions, "row_name DESC", " WHERE ts = 0"),
    `  say('end', '"tables":' || found || ',"rows":' || total);`,
    "END;",
    "/",
    "ROLLBACK;",
  ].join("\n");
}

const FUNCTIONS = [
  "  found PLS_INTEGER := 0;",
  "  total PLS_INTEGER := 0;",
  "  plain PLS_INTEGER := 0;",
  "  picked VARCHAR2(4000);",
  "  real_name VARCHAR2(128);",
  "  c SYS_REFCURSOR;",
  "  a VARCHAR2(4000);",
  "  b VARCHAR2(4000);",
  "  d VARCHAR2(4000);",
  "  FUNCTION q(s VARCHAR2) RETURN VARCHAR2 IS",
  "  BEGIN",
  "    IF s IS NULL THEN RETURN 'null'; END IF;",
  `    RETURN '"' || REPLACE(REPLACE(s, CHR(92), CHR(92) || CHR(92)), '"', CHR(92) || '"') || '"';`,
  "  END;",
  "  FUNCTION ctx(parameter VARCHAR2) RETURN VARCHAR2 IS",
  "  BEGIN",
  "    RETURN SYS_CONTEXT('USERENV', parameter);",
  "  EXCEPTION WHEN OTHERS THEN RETURN NULL;",
  "  END;",
  "  FUNCTION dbid RETURN VARCHAR2 IS",
  "    v VARCHAR2(40);",
  "  BEGIN",
  "    EXECUTE IMMEDIATE 'SELECT TO_CHAR(dbid, ''TM9'') FROM v$database' INTO v;",
  "    RETURN v;",
  "  EXCEPTION WHEN OTHERS THEN RETURN NULL;",
  "  END;",
  "  PROCEDURE say(what VARCHAR2, body VARCHAR2) IS",
  "  BEGIN",
  "    DBMS_OUTPUT.PUT_LINE('lockstep.' || what || ' {' || body || '}');",
  "  END;",
  "  FUNCTION short_name(long_name VARCHAR2) RETURN VARCHAR2 IS",
  "    v VARCHAR2(128);",
  "    n PLS_INTEGER;",
  "  BEGIN",
  "    SELECT COUNT(*) INTO n FROM all_tables WHERE owner = own AND table_name = 'ATLASDB_TABLE_NAMES';",
  "    IF n = 0 THEN RETURN UPPER(long_name); END IF;",
  `    EXECUTE IMMEDIATE 'SELECT MAX(short_table_name) FROM "' || own || '".ATLASDB_TABLE_NAMES WHERE LOWER(table_name) = :1' INTO v USING LOWER(long_name);`,
  "    RETURN UPPER(NVL(v, long_name));",
  "  END;",
];

const SERVER = [
  `  say('server', '"version":' || q(DBMS_DB_VERSION.VERSION || '.' || DBMS_DB_VERSION.RELEASE)`,
  `    || ',"role":' || q(ctx('DATABASE_ROLE')) || ',"address":' || q(ctx('SERVER_HOST'))`,
  `    || ',"database":' || q(ctx('DB_NAME')) || ',"container":' || q(ctx('CON_NAME'))`,
  `    || ',"service":' || q(ctx('SERVICE_NAME')) || ',"user":' || q(ctx('SESSION_USER'))`,
  `    || ',"system":' || q(dbid)`,
  `    || ',"read_at":' || q(TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') || 'Z'));`,
];

const BOUND = [
  "  FOR o IN (SELECT TO_CHAR(object_id, 'TM9') AS obj_id, object_type AS obj_kind FROM all_objects",
  "      WHERE owner = own AND object_name = tab AND object_type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SYNONYM')",
  "      ORDER BY object_type) LOOP",
  "    found := found + 1;",
  "    IF o.obj_kind = 'TABLE' THEN plain := 1; END IF;",
  `    say('table', '"oid":' || q(o.obj_id) || ',"schema":' || q(own) || ',"table":' || q(tab) || ',"kind":' || q(o.obj_kind));`,
  "  END LOOP;",
  "  FOR o IN (SELECT column_name AS col_name, data_type AS col_type, data_precision AS col_digits, data_scale AS col_scale",
  "      FROM all_tab_columns WHERE owner = own AND table_name = tab ORDER BY column_id) LOOP",
  `    say('column', '"name":' || q(o.col_name) || ',"type":' || q(o.col_type || CASE WHEN o.col_digits IS NULL THEN NULL`,
  "      ELSE '(' || o.col_digits || ',' || o.col_scale || ')' END));",
  "    IF o.col_name IN ('LAST_ALLOCATED', 'LEGACY_LAST_ALLOCATED') THEN",
  `      picked := picked || CASE WHEN picked IS NULL THEN NULL ELSE ' || '','' || ' END || '''"' || LOWER(o.col_name)`,
  `        || '":'' || NVL2(' || o.col_name || ', ''"'' || TO_CHAR(' || o.col_name || ', ''TM9'') || ''"'', ''null'')';`,
  "    END IF;",
  "  END LOOP;",
  "  IF found = 1 AND plain = 1 THEN",
  `    OPEN c FOR 'SELECT ' || NVL(picked, '''''') || ' FROM "' || own || '"."' || tab || '"';`,
  "    LOOP",
  "      FETCH c INTO a;",
  "      EXIT WHEN c%NOTFOUND;",
  "      total := total + 1;",
  "      IF total <= 1000 THEN say('row', a); END IF;",
  "    END LOOP;",
  "    CLOSE c;",
  "  END IF;",
];

/** The newest row of one of AtlasDB's data tables, in hexadecimal digits. */
function newest(what: string, longName: string, order: string, where: string): readonly string[] {
  return [
    `  real_name := short_name(${literal(longName)});`,
    "  SELECT COUNT(*) INTO plain FROM all_tables WHERE owner = own AND table_name = real_name;",
    `  say('${what}-table', '"found":' || CASE WHEN plain = 1 THEN 'true' ELSE 'false' END || ',"table":' || q(real_name));`,
    "  IF plain = 1 THEN",
    `    OPEN c FOR 'SELECT * FROM (SELECT LOWER(RAWTOHEX(row_name)) AS x, LOWER(RAWTOHEX(val)) AS y, TO_CHAR(ts, ''TM9'') AS z FROM "' || own || '"."' || real_name || '"${where} ORDER BY ${order}) WHERE ROWNUM = 1';`,
    "    FETCH c INTO a, b, d;",
    `    IF c%FOUND THEN say('${what}', '"row":' || q(a) || ',"val":' || q(b) || ',"ts":' || q(d)); END IF;`,
    "    CLOSE c;",
    "  END IF;",
  ];
}
