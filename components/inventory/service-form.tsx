"use client";

import { useRouter } from "next/navigation";

import { EnvironmentAndName, type TextControl } from "#components/inventory/environment-and-name.tsx";
import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import {
  DependentsEditor,
  ServiceNodesEditor,
  type DependentValues,
  type ServiceNodeValues,
} from "#components/inventory/service-rows-editors.tsx";
import { TimestampSourceFields } from "#components/inventory/timestamp-source-fields.tsx";
import { type FieldErrors, type FormValues, useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { InventoryRef, ServiceDto } from "#lib/inventory/schema.ts";

/** A store or cluster that may be chosen, with the environment that it belongs to. */
export interface Choice extends InventoryRef {
  readonly environmentId: string;
}

interface ServiceFormProps {
  /** Absent for a new one. */
  service?: ServiceDto;
  environments: readonly InventoryRef[];
  environmentId?: string | undefined;
  stores: readonly Choice[];
  clusters: readonly Choice[];
  save: Action<{ id: string }>;
}

/** Adds or changes a service with everything that runs as it. */
export function ServiceForm({
  service,
  environments,
  environmentId,
  stores,
  clusters,
  save,
}: ServiceFormProps) {
  const router = useRouter();
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/services/${id}`));
  const form = useFormValues(initialValues(service, environmentId ?? environments[0]?.id ?? ""));
  const { values, set, text } = form;
  const errors = failure?.fields ?? {};
  const here = (choice: Choice) => choice.environmentId === values.environmentId;
  const { environmentId: chosen, ...fields } = values;
  const input =
    service === undefined
      ? { environmentId: chosen, ...fields }
      : { id: service.id, seenVersion: service.version, ...fields };
  return (
    <FormShell
      submit={service === undefined ? "Add service" : "Save service"}
      cancelHref={service === undefined ? "/services" : `/services/${service.id}`}
      pending={pending}
      failure={failure}
      onSubmit={() => run(input)}
    >
      <FormSection
        title="Service"
        description="One AtlasDB client: everything that runs on one store belongs to it."
      >
        <EnvironmentAndName
          environments={environments}
          environment={text("environmentId")}
          name={text("name")}
          fixed={service !== undefined}
          errors={errors}
        />
        <StoreAndVersion
          stores={stores.filter(here)}
          store={text("storeId")}
          version={text("atlasdbVersion")}
          errors={errors}
        />
      </FormSection>
      <TimestampSourceFields
        source={values.timestampSource}
        onSource={(source) => set("timestampSource", source)}
        cluster={text("clusterId")}
        namespace={text("namespace")}
        clusters={clusters.filter(here)}
        errors={errors}
      />
      <PartsSections form={form} errors={errors} />
      <FormSection title="Notes">
        <Field label="Notes" hideLabel error={errors["notes"]}>
          <Textarea rows={4} {...text("notes")} />
        </Field>
      </FormSection>
    </FormShell>
  );
}

interface StoreAndVersionProps {
  stores: readonly Choice[];
  store: TextControl;
  version: TextControl;
  errors: FieldErrors;
}

function StoreAndVersion({ stores, store, version, errors }: StoreAndVersionProps) {
  return (
    <>
      <Field label="Store" required error={errors["storeId"]} hint="Stores of the same environment.">
        <Select {...store}>
          <option value="">Choose a store</option>
          {stores.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label="AtlasDB version"
        optional
        error={errors["atlasdbVersion"]}
        hint="Such as 0.1175.0: some advice depends on it."
      >
        <Input exact className="max-w-60" {...version} />
      </Field>
    </>
  );
}

interface PartsProps {
  form: FormValues<ReturnType<typeof initialValues>>;
  errors: FieldErrors;
}

function PartsSections({ form: { values, set }, errors }: PartsProps) {
  return (
    <>
      <FormSection
        title="What runs as this service"
        description="Nodes, disaster-recovery nodes, command lines and cron jobs: all of them must be stopped together, so a forgotten one is the danger."
      >
        <ServiceNodesEditor nodes={values.nodes} onChange={(nodes) => set("nodes", nodes)} errors={errors} />
      </FormSection>
      <FormSection
        title="Dependents"
        description="Other services that take their locks and timestamps from this one through lock and timestamp blocks."
      >
        <DependentsEditor
          dependents={values.dependents}
          onChange={(dependents) => set("dependents", dependents)}
          errors={errors}
        />
      </FormSection>
    </>
  );
}

function initialValues(service: ServiceDto | undefined, environmentId: string) {
  const nodes: readonly ServiceNodeValues[] =
    service?.nodes.map(({ id, name, address, kind }) => ({ id, name, address, kind })) ?? [];
  const dependents: readonly DependentValues[] =
    service?.dependents.map(({ id, name, note }) => ({ id, name, note })) ?? [];
  return {
    environmentId: service?.environment.id ?? environmentId,
    name: service?.name ?? "",
    storeId: service?.store.id ?? "",
    timestampSource: service?.timestampSource ?? "embedded",
    clusterId: service?.cluster?.id ?? "",
    namespace: service?.namespace ?? "",
    atlasdbVersion: service?.atlasdbVersion ?? "",
    notes: service?.notes ?? "",
    nodes,
    dependents,
  };
}
