"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import { RowsEditor } from "#components/inventory/rows-editor.tsx";
import { PasswordField, type StoreSectionProps } from "#components/inventory/store-form-sections.tsx";
import type { ContactPointValues } from "#components/inventory/store-form-values.ts";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** Where a Cassandra store is: nodes to begin with, data centre, keyspace and user. */
export function CassandraSections({ form, errors, store }: StoreSectionProps) {
  const { values, set, text } = form;
  return (
    <>
      <FormSection
        title="Contact points"
        description="Nodes to begin with, each with its CQL port; the others are learned from them. AtlasDB itself speaks Thrift to another port, usually 9160."
      >
        <ContactPointsEditor
          points={values.contactPoints}
          onChange={(points) => set("contactPoints", points)}
          errors={errors}
        />
        <Field
          label="Local data centre"
          required
          error={errors["localDataCentre"]}
          hint="The data centre of the service's own nodes, as nodetool status names it."
        >
          <Input exact placeholder="datacenter1" {...text("localDataCentre")} />
        </Field>
      </FormSection>
      <FormSection
        title="Keyspace and user"
        description="The same keyspace and credentials as in the keyValueService block of the service."
      >
        <Field
          label="Keyspace"
          required
          error={errors["keyspace"]}
          hint="The service's namespace; capital letters count."
        >
          <Input exact {...text("keyspace")} />
        </Field>
        <Field
          label="User"
          optional
          error={errors["user"]}
          hint="credentials.username. Writing the bound takes MODIFY on the keyspace. Empty where the cluster asks nobody who they are."
        >
          <Input exact autoComplete="off" {...text("user")} />
        </Field>
        <PasswordField form={form} errors={errors} store={store} />
      </FormSection>
    </>
  );
}

interface ContactPointsEditorProps {
  points: readonly ContactPointValues[];
  onChange: (points: readonly ContactPointValues[]) => void;
  errors: FieldErrors;
}

function ContactPointsEditor({ points, onChange, errors }: ContactPointsEditorProps) {
  return (
    <>
      {errors["contactPoints"] !== undefined && <Callout state="blocked">{errors["contactPoints"]}</Callout>}
      <RowsEditor
        rows={points}
        onChange={onChange}
        empty={{ host: "", port: "9042" }}
        word="contact point"
        min={1}
        render={(point, index, change) => (
          <div className="grid gap-3 sm:grid-cols-[1fr_8rem]">
            <Field
              label={`Host of contact point ${index + 1}`}
              required
              error={errors[`contactPoints.${index}.host`]}
            >
              <Input
                exact
                placeholder="cassandra-1.example.com"
                value={point.host}
                onChange={(event) => change({ ...point, host: event.target.value })}
              />
            </Field>
            <Field
              label={`Port of contact point ${index + 1}`}
              required
              error={errors[`contactPoints.${index}.port`]}
            >
              <Input
                exact
                inputMode="numeric"
                value={point.port}
                onChange={(event) => change({ ...point, port: event.target.value })}
              />
            </Field>
          </div>
        )}
      />
    </>
  );
}
