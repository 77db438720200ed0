"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import type { StoreSectionProps } from "#components/inventory/store-form-sections.tsx";
import { ORACLE_NAMING_WORDS } from "#components/inventory/store-words.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { ORACLE_NAMINGS } from "#lib/stores/schema.ts";

/** What is written into the commands for an Oracle store. */
export function OracleSections({ form: { text }, errors }: StoreSectionProps) {
  return (
    <>
      <Callout state="warning" live={false} title="Oracle is done by hand">
        Lockstep never connects to an Oracle database, and keeps no password for one. It writes the sqlplus
        commands, and somebody runs them and pastes their output. There was no Oracle server to try these
        commands on: read each one before you run it.
      </Callout>
      <FormSection
        title="Connection"
        description="The same database and user as in the keyValueService block of the service. Only the commands use them."
      >
        <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
          <Field label="Host" required error={errors["host"]}>
            <Input exact placeholder="db-1.example.com" {...text("host")} />
          </Field>
          <Field label="Port" required error={errors["port"]}>
            <Input exact inputMode="numeric" {...text("oraclePort")} />
          </Field>
        </div>
        <div className="grid gap-4 sm:grid-cols-[12rem_1fr]">
          <Field label="Named by" required error={errors["naming"]}>
            <Select {...text("oracleNaming")}>
              {ORACLE_NAMINGS.map((naming) => (
                <option key={naming} value={naming}>
                  {ORACLE_NAMING_WORDS[naming]}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label="Service name or SID"
            required
            error={errors["database"]}
            hint="connection.serviceNameConfiguration.serviceName, or connection.sid"
          >
            <Input exact {...text("oracleDatabase")} />
          </Field>
        </div>
        <Field label="User" required error={errors["user"]} hint="connection.dbLogin">
          <Input exact autoComplete="off" {...text("user")} />
        </Field>
      </FormSection>
      <FormSection title="Tables">
        <Field
          label="Table prefix"
          required
          error={errors["tablePrefix"]}
          hint="ddl.tablePrefix, a_ where the service names none. The bound's table is then A__TIMESTAMP."
        >
          <Input exact {...text("oraclePrefix")} />
        </Field>
        <Field
          label="Schema"
          optional
          error={errors["schema"]}
          hint="Only needed where the tables belong to another schema than the user's own."
        >
          <Input exact {...text("schema")} />
        </Field>
      </FormSection>
    </>
  );
}
