"use client";

import { PartCard } from "#components/import/part-card.tsx";
import type { ServiceValues } from "#components/import/import-values.ts";
import { ServiceNodesEditor } from "#components/inventory/service-rows-editors.tsx";
import type { FieldErrors, FormValues } from "#components/inventory/use-form-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { ImportFact } from "#lib/atlasdb/import-proposal.ts";

interface ServicePartProps {
  form: FormValues<ServiceValues>;
  facts: readonly ImportFact[];
  errors: FieldErrors;
}

/** The service as it will be saved. */
export function ServicePart({ form: { values, set, text }, facts, errors }: ServicePartProps) {
  return (
    <PartCard title="Service" description="One AtlasDB client with everything that runs as it." facts={facts}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name of the service" required error={errors["name"]}>
          <Input autoComplete="off" {...text("name")} />
        </Field>
        <Field
          label="Namespace"
          required={values.timestampSource === "timelock"}
          optional={values.timestampSource === "embedded"}
          error={errors["namespace"]}
          hint="timelock.client or the top-level namespace."
        >
          <Input exact {...text("namespace")} />
        </Field>
        <Field
          label="AtlasDB version"
          optional
          error={errors["atlasdbVersion"]}
          hint="Such as 0.1175.0: some advice depends on it."
        >
          <Input exact {...text("atlasdbVersion")} />
        </Field>
      </div>
      <div className="flex flex-col gap-3">
        <h3 className="text-sm font-medium text-ink">What runs as this service</h3>
        <p className="text-sm text-ink-muted">
          Add disaster-recovery nodes, command lines and cron jobs too: all of them must be stopped together.
        </p>
        <ServiceNodesEditor nodes={values.nodes} onChange={(nodes) => set("nodes", nodes)} errors={errors} />
      </div>
      <Field label="Notes" optional error={errors["notes"]}>
        <Textarea rows={3} {...text("notes")} />
      </Field>
    </PartCard>
  );
}
