"use client";

import { useRouter } from "next/navigation";

import { ClusterNodesEditor, type NodeValues } from "#components/inventory/cluster-nodes-editor.tsx";
import { ClusterTestPanel } from "#components/inventory/cluster-test-panel.tsx";
import { ClusterTlsSection } from "#components/inventory/cluster-tls-section.tsx";
import { EnvironmentAndName } from "#components/inventory/environment-and-name.tsx";
import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { SecretField } from "#components/inventory/secret-field.tsx";
import { testedClusterFields } from "#components/inventory/tested-fields.ts";
import { useTestedFields } from "#components/inventory/use-tested-fields.ts";
import { type FieldErrors, type FormValues, useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { ClusterDto, ClusterTestReport, InventoryRef } from "#lib/inventory/schema.ts";

interface ClusterFormProps {
  /** Absent for a new one. */
  cluster?: ClusterDto;
  environments: readonly InventoryRef[];
  /** Chosen already, for a new one. */
  environmentId?: string | undefined;
  save: Action<{ id: string }>;
  test: Action<ClusterTestReport>;
}

/** Adds or changes a TimeLock cluster, and tries the values before they are saved. */
export function ClusterForm({ cluster, environments, environmentId, save, test }: ClusterFormProps) {
  const router = useRouter();
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/clusters/${id}`));
  const form = useFormValues(initialValues(cluster, environmentId ?? environments[0]?.id ?? ""));
  const { values, text } = form;
  const tested = useTestedFields(test, testedClusterFields);
  const errors = { ...tested.fields, ...failure?.fields };
  const { environmentId: chosen, name, ...connection } = values;
  const input =
    cluster === undefined
      ? { environmentId: chosen, name, ...connection }
      : { id: cluster.id, seenVersion: cluster.version, name, ...connection };
  return (
    <FormShell
      submit={cluster === undefined ? "Add TimeLock cluster" : "Save TimeLock cluster"}
      cancelHref={cluster === undefined ? "/clusters" : `/clusters/${cluster.id}`}
      pending={pending}
      failure={failure}
      refused={tested.refused}
      onSubmit={() => run(input)}
    >
      <FormSection title="Cluster">
        <EnvironmentAndName
          environments={environments}
          environment={text("environmentId")}
          name={text("name")}
          fixed={cluster !== undefined}
          errors={errors}
        />
      </FormSection>
      <NodesSection form={form} errors={errors} cluster={cluster} />
      <ClusterTlsSection title="TLS" form={form} errors={errors} storedKey={cluster?.clientKey} />
      <ClusterTestPanel
        test={tested.test}
        input={{ environmentId: chosen, clusterId: cluster?.id ?? null, ...connection }}
      />
    </FormShell>
  );
}

interface SectionProps {
  form: FormValues<ReturnType<typeof initialValues>>;
  errors: FieldErrors;
  cluster: ClusterDto | undefined;
}

function NodesSection({ form: { values, set, text, check }, errors, cluster }: SectionProps) {
  return (
    <FormSection
      title="Nodes"
      description="Every node of the cluster, as AtlasDB clients have them in their server list."
    >
      <ClusterNodesEditor nodes={values.nodes} onChange={(nodes) => set("nodes", nodes)} errors={errors} />
      {values.nodes.length === 1 && (
        <Checkbox
          label="This address is a load balancer"
          hint="Answers cannot be laid to a node then, and a majority cannot be counted."
          {...check("balancer")}
        />
      )}
      <Field
        label="Base path"
        optional
        error={errors["basePath"]}
        hint="Empty for the open-source server; /timelock/api behind the internal product."
      >
        <Input exact placeholder="/timelock/api" {...text("basePath")} />
      </Field>
      <SecretField
        label="Token"
        hint="Sent as Authorization: Bearer. TimeLock itself accepts any; a proxy before it may not."
        stored={cluster?.token}
        control={text("token")}
        removal={check("removeToken")}
        error={errors["token"]}
      />
    </FormSection>
  );
}

function initialValues(cluster: ClusterDto | undefined, environmentId: string) {
  const nodes: readonly NodeValues[] = cluster?.nodes.map(({ url, alias }) => ({
    url,
    alias: alias ?? "",
  })) ?? [{ url: "", alias: "" }];
  return {
    environmentId: cluster?.environment.id ?? environmentId,
    name: cluster?.name ?? "",
    basePath: cluster?.basePath ?? "",
    nodes,
    balancer: cluster?.balancer ?? false,
    serverName: cluster?.serverName ?? "",
    caCertificates: cluster?.caCertificates ?? "",
    clientCertificate: cluster?.clientCertificate ?? "",
    clientKey: "",
    removeClientKey: false,
    token: "",
    removeToken: false,
  };
}
