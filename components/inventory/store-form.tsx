"use client";

import { useRouter } from "next/navigation";
import { useCallback, useState } from "react";

import { EnvironmentAndName } from "#components/inventory/environment-and-name.tsx";
import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { CassandraSections } from "#components/inventory/store-form-cassandra.tsx";
import { OracleSections } from "#components/inventory/store-form-oracle.tsx";
import {
  PostgresSections,
  type StoreSectionProps,
  StoreTlsSection,
} from "#components/inventory/store-form-sections.tsx";
import {
  initialStoreValues,
  storeConnectionFields,
  type StoreFormValues,
} from "#components/inventory/store-form-values.ts";
import { StoreTestPanel } from "#components/inventory/store-test-panel.tsx";
import { STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import { testedStoreFields } from "#components/inventory/tested-fields.ts";
import { useTestedFields } from "#components/inventory/use-tested-fields.ts";
import { useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { InventoryRef, StoreDto, StoreTestReport } from "#lib/inventory/schema.ts";
import { STORE_KINDS, type StoreKind } from "#lib/stores/schema.ts";
import type { ActionResult } from "#lib/web/schema.ts";

interface StoreFormProps {
  /** Absent for a new one. */
  store?: StoreDto;
  environments: readonly InventoryRef[];
  environmentId?: string | undefined;
  save: Action<{ id: string }>;
  test: Action<StoreTestReport>;
}

const KIND_DESCRIPTIONS: Record<StoreKind, string> = {
  postgres: "A Postgres database that AtlasDB uses as its key-value store (DbKVS).",
  cassandra: "A Cassandra keyspace that AtlasDB uses as its key-value store.",
  oracle: "An Oracle database that AtlasDB uses as its key-value store (DbKVS).",
};

/** Adds or changes a store of any kind, and tries the values before they are saved where Lockstep connects at all. */
export function StoreForm({ store, environments, environmentId, save, test }: StoreFormProps) {
  const router = useRouter();
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/stores/${id}`));
  const form = useFormValues<StoreFormValues>(
    initialStoreValues(store, environmentId ?? environments[0]?.id ?? ""),
  );
  const { values, text } = form;
  const { kind, environmentId: chosen, name } = values;
  const fieldsOf = useCallback(
    (result: ActionResult<StoreTestReport>) => testedStoreFields(kind, result),
    [kind],
  );
  const tested = useTestedFields(test, fieldsOf);
  const tryValues: Action<StoreTestReport> = async (asking) => {
    setAsked(kind);
    return tested.test(asking);
  };
  // What was said of another kind's fields is not said of this one's.
  const [asked, setAsked] = useState(kind);
  const errors = asked === kind ? { ...tested.fields, ...failure?.fields } : {};
  const connection = storeConnectionFields(values);
  const input =
    store === undefined
      ? { environmentId: chosen, name, ...connection }
      : { id: store.id, seenVersion: store.version, name, ...connection };
  const section = { form, errors, store };
  return (
    <FormShell
      submit={store === undefined ? "Add store" : "Save store"}
      cancelHref={store === undefined ? "/stores" : `/stores/${store.id}`}
      pending={pending}
      failure={failure}
      refused={tested.refused}
      onSubmit={() => {
        setAsked(kind);
        run(input);
      }}
    >
      <FormSection title="Store" description={KIND_DESCRIPTIONS[kind]}>
        <KindField form={form} errors={errors} store={store} />
        <EnvironmentAndName
          environments={environments}
          environment={text("environmentId")}
          name={text("name")}
          fixed={store !== undefined}
          errors={errors}
        />
      </FormSection>
      <KindSections {...section} />
      {kind !== "oracle" && (
        <StoreTestPanel
          key={kind}
          test={tryValues}
          input={{ environmentId: chosen, storeId: store?.id ?? null, ...connection }}
        />
      )}
    </FormShell>
  );
}

function KindField({ form: { text }, errors, store }: StoreSectionProps) {
  return (
    <Field
      label="Kind"
      required
      error={errors["kind"]}
      {...(store !== undefined && { hint: "The kind of a store never changes." })}
    >
      <Select {...text("kind")} disabled={store !== undefined}>
        {STORE_KINDS.map((one) => (
          <option key={one} value={one}>
            {STORE_KIND_WORDS[one]}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function KindSections(section: StoreSectionProps) {
  switch (section.form.values.kind) {
    case "postgres":
      return (
        <>
          <PostgresSections {...section} />
          <StoreTlsSection {...section} />
        </>
      );
    case "cassandra":
      return (
        <>
          <CassandraSections {...section} />
          <StoreTlsSection {...section} />
        </>
      );
    case "oracle":
      return <OracleSections {...section} />;
  }
}
