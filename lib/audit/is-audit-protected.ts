import { database } from "#lib/db/client.ts";

/**
 * Whether the database itself keeps the application from changing the audit log: false when its role owns the log, may act as
 * its owner, or is a superuser. Asks the database anew each time.
 */
export async function isAuditProtected(): Promise<boolean> {
  const rows = await database().$queryRaw<{ isProtected: boolean }[]>`
    SELECT NOT (r.rolsuper OR pg_has_role(current_user, c.relowner, 'MEMBER')
        OR has_table_privilege(current_user, c.oid, 'UPDATE')
        OR has_table_privilege(current_user, c.oid, 'DELETE')
        OR has_table_privilege(current_user, c.oid, 'TRUNCATE')) AS "isProtected"
    FROM pg_class c, pg_roles r
    WHERE c.oid = 'audit.entry'::regclass AND r.rolname = current_user`;
  return rows[0]?.isProtected ?? false;
}
