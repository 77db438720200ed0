"use client";

import type { EnvironmentChoice } from "#components/people/people-actions.ts";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { ROLES, type Role } from "#lib/people/schema.ts";

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: "Viewer: reads",
  operator: "Operator: edits services and runs migrations",
  approver: "Approver: approves what needs approval",
  auditor: "Auditor: reads the audit log",
  administrator: "Administrator: manages people, environments, clusters and stores",
};

interface RoleFieldsProps {
  environments: readonly EnvironmentChoice[];
  fields: Readonly<Record<string, string>>;
  /** Lets a person be made without any grant. */
  optional?: boolean;
}

/** A role and where it holds, as the fields `role` and `environmentId`; blank means none and all. */
export function RoleFields({ environments, fields, optional = false }: RoleFieldsProps) {
  return (
    <>
      <Field label="Role" error={fields["role"]} hint="Every role lets read. No role includes another.">
        <Select name="role" defaultValue="viewer">
          {optional && <option value="">No role yet</option>}
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {ROLE_WORDS[role]}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label="On"
        error={fields["environmentId"]}
        hint="People and the audit log as a whole belong to no environment: managing them takes a role on all."
      >
        <Select name="environmentId" defaultValue="">
          <option value="">All environments</option>
          {environments.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}
