import { createHash } from "node:crypto";

import { z } from "zod";

import type { AuditClass } from "#lib/audit/classified.ts";
import { auditClassOf } from "#lib/audit/classified.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/** What the audit log keeps: JSON without fractions, longs as decimal strings. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [key: string]: AuditValue };

const HIDDEN = "[hidden]";

/**
 * What the audit log may keep of a value, by the marks of its schema. Fields that the schema does not know, or that nobody
 * marked, come out hidden: the test over all actions turns such a gap red, and until then nothing leaks.
 */
export function redact(schema: z.ZodType, value: unknown): AuditValue {
  const own = auditClassOf(schema);
  if (own !== null) return keep(own, value);
  if (value === null || value === undefined) return null;
  const inner = unwrap(schema);
  if (inner !== null) return redact(inner, value);
  if (schema instanceof z.ZodObject) return redactMembers(schema, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    const element = schema.element as z.ZodType;
    return value.map((item: unknown) => redact(element, item));
  }
  if (schema instanceof z.ZodUnion) {
    const option = optionsOf(schema).find((candidate) => candidate.safeParse(value).success);
    return option === undefined ? HIDDEN : redact(option, value);
  }
  return schema instanceof z.ZodLiteral ? keep("show", value) : HIDDEN;
}

/** Paths of the fields that nobody marked, as `a.b[]`; empty for a schema that the audit log may use. */
export function unclassifiedPaths(schema: z.ZodType, path = ""): readonly string[] {
  if (auditClassOf(schema) !== null || schema instanceof z.ZodLiteral) return [];
  const inner = unwrap(schema);
  if (inner !== null) return unclassifiedPaths(inner, path);
  if (schema instanceof z.ZodObject) {
    return membersOf(schema).flatMap(([key, member]) =>
      unclassifiedPaths(member, path === "" ? key : `${path}.${key}`),
    );
  }
  if (schema instanceof z.ZodArray) return unclassifiedPaths(schema.element as z.ZodType, `${path}[]`);
  if (schema instanceof z.ZodUnion)
    return optionsOf(schema).flatMap((option) => unclassifiedPaths(option, path));
  return [path];
}

/** Text that both Postgres' jsonb and every JSON reader take: no NUL, no half of a surrogate pair. */
export function storableText(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD").toWellFormed();
}

function keep(auditClass: AuditClass, value: unknown): AuditValue {
  if (value === null || value === undefined) return null;
  switch (auditClass) {
    case "hide":
      return HIDDEN;
    case "hash": {
      const text = typeof value === "string" ? value : canonicalJson(value);
      return { sha256: createHash("sha256").update(text, "utf8").digest("hex"), length: text.length };
    }
    case "show":
      return plain(value);
  }
}

function plain(value: unknown): AuditValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return storableText(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return z.int().safeParse(value).success ? value : value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item));
  if (typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [storableText(key), plain(member)]),
    );
  }
  return HIDDEN;
}

function redactMembers(schema: z.ZodObject, value: unknown): AuditValue {
  if (typeof value !== "object") return HIDDEN;
  const members = new Map(membersOf(schema));
  return Object.fromEntries(
    Object.entries(value ?? {})
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => {
        const memberSchema = members.get(key);
        return [storableText(key), memberSchema === undefined ? HIDDEN : redact(memberSchema, member)];
      }),
  );
}

function unwrap(schema: z.ZodType): z.ZodType | null {
  if (schema instanceof z.ZodPipe)
    return (schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType;
  const wraps =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly;
  return wraps ? (schema.unwrap() as z.ZodType) : null;
}

function membersOf(schema: z.ZodObject): readonly (readonly [string, z.ZodType])[] {
  return Object.entries(schema.shape).map(([key, member]) => [key, member as z.ZodType] as const);
}

function optionsOf(schema: z.ZodUnion): readonly z.ZodType[] {
  return schema.options.map((option) => option as z.ZodType);
}
