import type { z } from "zod";

/**
 * What the audit log keeps of a field: `show` the value, `hash` its SHA-256 and length (long texts), `hide` nothing at all
 * (secrets).
 */
export const AUDIT_CLASSES = ["show", "hash", "hide"] as const;
export type AuditClass = (typeof AUDIT_CLASSES)[number];

declare module "zod" {
  interface GlobalMeta {
    audit?: AuditClass;
  }
}

/** Marks a field whose value the audit log may show. Fields inside a shown object need no mark of their own. */
export function shown<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), audit: "show" });
}

/** Marks a field of which the audit log keeps SHA-256 and length: enough to recognise it, too long to repeat. */
export function hashed<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), audit: "hash" });
}

/** Marks a secret: the audit log says that it was given and nothing else. */
export function hidden<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), audit: "hide" });
}

/** The mark on this very schema, null where it has none. */
export function auditClassOf(schema: z.ZodType): AuditClass | null {
  return schema.meta()?.audit ?? null;
}
