"use client";

import { ChoiceCards } from "#components/migrations/choice-cards.tsx";
import { DestinationChoice, TimestampsChoice } from "#components/migrations/destination-choice.tsx";
import { isRename, type WizardForm } from "#components/migrations/wizard-form.ts";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";

interface FieldsProps {
  form: WizardForm;
  fields: Readonly<Record<string, string>>;
}

interface TargetChoiceProps extends FieldsProps {
  mayAddStore: boolean;
}

/** What shall happen to the service, and what that needs to know. */
export function TargetChoice({ form, fields, mayAddStore }: TargetChoiceProps) {
  return (
    <Card className="flex flex-col gap-4 p-4">
      <ChoiceCards
        legend="What shall happen"
        choices={form.offers}
        value={form.values.runbook}
        onChange={form.setRunbook}
      />
      <Targets form={form} fields={fields} mayAddStore={mayAddStore} />
    </Card>
  );
}

function Targets({ form, fields, mayAddStore }: TargetChoiceProps) {
  switch (form.runbook?.asks) {
    case "cluster-and-namespace":
      return <ClusterAndNamespace form={form} fields={fields} />;
    case "destination-store":
      return (
        <>
          <DestinationChoice form={form} error={fields["destinationStoreId"]} mayAddStore={mayAddStore} />
          <TimestampsChoice form={form} />
          {form.timestamps === "timelock" && <ClusterAndNamespace form={form} fields={fields} />}
        </>
      );
    case "new-namespace":
      return (
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <Recorded label="Old namespace" form={form} />
          <NamespaceField
            form={form}
            label="New namespace"
            hint="Another client name on the same cluster. It must not be used by any other service."
            error={fields["namespace"]}
          />
        </div>
      );
    case "nothing":
      return <Recorded label="Namespace that it leaves" form={form} />;
    default:
      return null;
  }
}

function ClusterAndNamespace({ form, fields }: FieldsProps) {
  const keyspace = form.destination?.keyspace ?? null;
  return (
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <ClusterField form={form} fields={fields} />
      <NamespaceField
        form={form}
        label={isRename(form.runbook) ? "New namespace" : "Namespace"}
        hint={
          keyspace === null
            ? "The client name on TimeLock whose timestamps form this service's sequence."
            : `On Cassandra, AtlasDB wants the namespace to be the keyspace: ${keyspace}.`
        }
        error={fields["namespace"]}
      />
    </div>
  );
}

/** Where the service is recorded to be; changed in the inventory, not here. */
function Recorded({ label, form }: { label: string; form: WizardForm }) {
  const cluster = form.offered.find(({ id }) => id === form.service?.clusterId);
  return (
    <div className="min-w-0">
      <p className="mb-1.5 text-sm font-medium text-ink">{label}</p>
      <p className="font-mono text-base break-all text-ink">{form.service?.namespace ?? "not recorded"}</p>
      <p className="mt-1 text-sm text-ink-muted">
        {cluster === undefined ? "No cluster is recorded." : `On ${cluster.name}, as the inventory has it.`}
      </p>
    </div>
  );
}

function ClusterField({ form, fields }: FieldsProps) {
  const hint =
    form.offered.length === 0
      ? "This environment has no TimeLock cluster yet. Add one in the inventory first."
      : "One of the clusters of the service's environment.";
  return (
    <Field label="TimeLock cluster" hint={hint} error={fields["clusterId"]}>
      <Select value={form.clusterId} onChange={(event) => form.setCluster(event.target.value)}>
        <option value="">Choose a cluster</option>
        {form.offered.map((cluster) => (
          <option key={cluster.id} value={cluster.id}>
            {cluster.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

interface NamespaceFieldProps {
  form: WizardForm;
  label: string;
  hint: string;
  error: string | undefined;
}

function NamespaceField({ form, label, hint, error }: NamespaceFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      <Input exact value={form.namespace} onChange={(event) => form.setNamespace(event.target.value)} />
    </Field>
  );
}
