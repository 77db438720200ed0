"use client";

import type { ComponentProps } from "react";

import { errorsUnder } from "#components/import/import-values.ts";
import { PartCard, PartChoiceField } from "#components/import/part-card.tsx";
import { CassandraSections } from "#components/inventory/store-form-cassandra.tsx";
import { OracleSections } from "#components/inventory/store-form-oracle.tsx";
import { PostgresSections, StoreTlsSection } from "#components/inventory/store-form-sections.tsx";
import type { StoreFormState } from "#components/inventory/store-form-values.ts";
import { STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { ImportProposal } from "#lib/atlasdb/import-proposal.ts";
import { STORE_KINDS } from "#lib/stores/schema.ts";

interface StorePartProps {
  form: StoreFormState;
  proposal: ImportProposal;
  choice: Omit<ComponentProps<typeof PartChoiceField>, "error">;
  errors: FieldErrors;
  storeError: string | undefined;
}

/** The store that the service uses: one that is there, or a new one as it will be saved. */
export function StorePart({ form, proposal, choice, errors, storeError }: StorePartProps) {
  const fields = errorsUnder(errors, "fields");
  const { values, text } = form;
  const section = { form, errors: fields, store: undefined };
  return (
    <PartCard
      title="Store"
      description="Where AtlasDB keeps this service’s data."
      facts={proposal.facts.filter(({ about }) => about === "store")}
      advice={proposal.advice.filter(({ about }) => about === "store")}
    >
      <PartChoiceField {...choice} error={errors["id"] ?? storeError} />
      {choice.choice.use === "new" && (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Name of the store" required error={fields["name"]}>
              <Input autoComplete="off" {...text("name")} />
            </Field>
            <Field label="Kind" required error={fields["kind"]}>
              <Select {...text("kind")}>
                {STORE_KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {STORE_KIND_WORDS[kind]}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
          {values.kind === "postgres" && <PostgresSections {...section} />}
          {values.kind === "cassandra" && <CassandraSections {...section} />}
          {values.kind === "oracle" ? <OracleSections {...section} /> : <StoreTlsSection {...section} />}
        </>
      )}
    </PartCard>
  );
}
