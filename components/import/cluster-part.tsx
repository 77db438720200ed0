"use client";

import type { ComponentProps } from "react";

import { errorsUnder, type ClusterValues } from "#components/import/import-values.ts";
import { PartCard, PartChoiceField } from "#components/import/part-card.tsx";
import { ClusterNodesEditor } from "#components/inventory/cluster-nodes-editor.tsx";
import { ClusterTlsSection } from "#components/inventory/cluster-tls-section.tsx";
import { FormSection } from "#components/inventory/form-shell.tsx";
import type { FieldErrors, FormValues } from "#components/inventory/use-form-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { ImportProposal } from "#lib/atlasdb/import-proposal.ts";

interface ClusterPartProps {
  form: FormValues<ClusterValues>;
  proposal: ImportProposal;
  choice: Omit<ComponentProps<typeof PartChoiceField>, "error">;
  errors: FieldErrors;
  clusterError: string | undefined;
}

/** The TimeLock cluster that the service uses: one that is there, or a new one as it will be saved. */
export function ClusterPart({ form, proposal, choice, errors, clusterError }: ClusterPartProps) {
  const fields = errorsUnder(errors, "fields");
  const { values, set, text } = form;
  return (
    <PartCard
      title="TimeLock cluster"
      description="Where this service’s timestamps come from."
      facts={proposal.facts.filter(({ about }) => about === "cluster")}
      advice={proposal.advice.filter(({ about }) => about === "cluster")}
    >
      <PartChoiceField {...choice} error={errors["id"] ?? errors["use"] ?? clusterError} />
      {choice.choice.use === "new" && (
        <>
          <Field label="Name of the cluster" required error={fields["name"]} className="max-w-96">
            <Input autoComplete="off" {...text("name")} />
          </Field>
          <FormSection title="Nodes of the cluster">
            <ClusterNodesEditor
              nodes={values.nodes}
              onChange={(nodes) => set("nodes", nodes)}
              errors={fields}
            />
            <Field
              label="Base path"
              optional
              error={fields["basePath"]}
              hint="Empty for the open-source server; /timelock/api behind the internal product."
            >
              <Input exact {...text("basePath")} />
            </Field>
          </FormSection>
          <ClusterTlsSection title="TLS of the cluster" form={form} errors={fields} />
        </>
      )}
    </PartCard>
  );
}
