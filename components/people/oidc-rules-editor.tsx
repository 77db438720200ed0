"use client";

import { RowsEditor } from "#components/inventory/rows-editor.tsx";
import type { EnvironmentChoice } from "#components/people/people-actions.ts";
import { cn } from "#components/ui/cn.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { isRole, ROLES, type OidcRule } from "#lib/people/schema.ts";

interface OidcRulesEditorProps {
  rules: readonly OidcRule[];
  environments: readonly EnvironmentChoice[];
  errors: Readonly<Record<string, string>>;
  onChange: (rules: readonly OidcRule[]) => void;
}

const EMPTY: OidcRule = { claim: "groups", value: "", role: "viewer", environmentId: null };

/** Which value of which claim gives which role where. */
export function OidcRulesEditor({ rules, environments, errors, onChange }: OidcRulesEditorProps) {
  return (
    <RowsEditor
      rows={rules}
      onChange={onChange}
      empty={EMPTY}
      word="rule"
      none="No rule: the provider gives no role."
      render={(rule, index, change) => (
        <div
          className={cn("grid grid-cols-1 gap-3 sm:grid-cols-2", index > 0 && "border-t border-line pt-3")}
        >
          <Field
            label={index === 0 ? "Claim" : `Claim of rule ${index + 1}`}
            error={errors[`rules.${index}.claim`]}
          >
            <Input
              exact
              autoComplete="off"
              value={rule.claim}
              onChange={(event) => change({ ...rule, claim: event.target.value })}
            />
          </Field>
          <Field
            label={index === 0 ? "Has the value (* for any)" : `Value of rule ${index + 1}`}
            error={errors[`rules.${index}.value`]}
          >
            <Input
              exact
              autoComplete="off"
              value={rule.value}
              onChange={(event) => change({ ...rule, value: event.target.value })}
            />
          </Field>
          <Field
            label={index === 0 ? "Gives the role" : `Role of rule ${index + 1}`}
            error={errors[`rules.${index}.role`]}
          >
            <Select
              value={rule.role}
              onChange={({ target }) => isRole(target.value) && change({ ...rule, role: target.value })}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {role}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label={index === 0 ? "On" : `Environment of rule ${index + 1}`}
            error={errors[`rules.${index}.environmentId`]}
          >
            <Select
              value={rule.environmentId ?? ""}
              onChange={({ target }) => change({ ...rule, environmentId: target.value || null })}
            >
              <option value="">All environments</option>
              {environments.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      )}
    />
  );
}
