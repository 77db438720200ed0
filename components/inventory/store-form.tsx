"use client";

import { useRouter } from "next/navigation";

import { EnvironmentAndName } from "#components/inventory/environment-and-name.tsx";
import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { SecretField } from "#components/inventory/secret-field.tsx";
import { StoreTestPanel } from "#components/inventory/store-test-panel.tsx";
import { testedStoreFields } from "#components/inventory/tested-fields.ts";
import { TlsFields } from "#components/inventory/tls-fields.tsx";
import { useTestedFields } from "#components/inventory/use-tested-fields.ts";
import { type FieldErrors, type FormValues, useFormValues } from "#components/inventory/use-form-values.ts";
import { type Action, useAction } from "#components/live/use-action.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import {
  type InventoryRef,
  type StoreDto,
  type StoreTestReport,
  TLS_MODES,
  type TlsMode,
} from "#lib/inventory/schema.ts";

interface StoreFormProps {
  /** Absent for a new one. */
  store?: StoreDto;
  environments: readonly InventoryRef[];
  environmentId?: string | undefined;
  save: Action<{ id: string }>;
  test: Action<StoreTestReport>;
}

const TLS_WORDS: Record<TlsMode, string> = {
  "verify-full": "verify-full: encrypted, authority and name checked",
  "verify-ca": "verify-ca: encrypted, authority checked",
  require: "require: encrypted, any certificate trusted",
  disable: "disable: in clear text",
};

/** Adds or changes a Postgres store, and tries the values before they are saved. */
export function StoreForm({ store, environments, environmentId, save, test }: StoreFormProps) {
  const router = useRouter();
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/stores/${id}`));
  const form = useFormValues(initialValues(store, environmentId ?? environments[0]?.id ?? ""));
  const { values, text } = form;
  const tested = useTestedFields(test, testedStoreFields);
  const errors = { ...tested.fields, ...failure?.fields };
  const { environmentId: chosen, name, ...fields } = values;
  const connection = { kind: "postgres", ...fields };
  const input =
    store === undefined
      ? { environmentId: chosen, name, ...connection }
      : { id: store.id, seenVersion: store.version, name, ...connection };
  return (
    <FormShell
      submit={store === undefined ? "Add store" : "Save store"}
      cancelHref={store === undefined ? "/stores" : `/stores/${store.id}`}
      pending={pending}
      failure={failure}
      refused={tested.refused}
      onSubmit={() => run(input)}
    >
      <FormSection
        title="Store"
        description="A Postgres database that AtlasDB uses as its key-value store (DbKVS)."
      >
        <EnvironmentAndName
          environments={environments}
          environment={text("environmentId")}
          name={text("name")}
          fixed={store !== undefined}
          errors={errors}
        />
      </FormSection>
      <ConnectionSection form={form} errors={errors} store={store} />
      <TlsSection form={form} errors={errors} store={store} />
      <StoreTestPanel
        test={tested.test}
        input={{ environmentId: chosen, storeId: store?.id ?? null, ...connection }}
      />
    </FormShell>
  );
}

interface SectionProps {
  form: FormValues<ReturnType<typeof initialValues>>;
  errors: FieldErrors;
  store: StoreDto | undefined;
}

function ConnectionSection({ form: { text, check }, errors, store }: SectionProps) {
  return (
    <>
      <FormSection
        title="Connection"
        description="The same database, user and prefix as in the keyValueService block of the service."
      >
        <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
          <Field label="Host" required error={errors["host"]}>
            <Input exact placeholder="db-1.example.com" {...text("host")} />
          </Field>
          <Field label="Port" required error={errors["port"]}>
            <Input exact inputMode="numeric" {...text("port")} />
          </Field>
        </div>
        <Field label="Database" required error={errors["database"]} hint="connection.dbName">
          <Input exact {...text("database")} />
        </Field>
        <Field
          label="User"
          required
          error={errors["user"]}
          hint="connection.dbLogin. Renaming the bound's column takes the owner of the table."
        >
          <Input exact autoComplete="off" {...text("user")} />
        </Field>
        <SecretField
          label="Password"
          hint="It is encrypted before it is stored and never shown again."
          stored={store?.password}
          control={text("password")}
          removal={check("removePassword")}
          error={errors["password"]}
        />
      </FormSection>
      <FormSection title="Tables">
        <Field label="Table prefix" optional error={errors["tablePrefix"]} hint="ddl.tablePrefix">
          <Input exact {...text("tablePrefix")} />
        </Field>
        <Field
          label="Schema"
          optional
          error={errors["schema"]}
          hint="Only needed where several schemas of the database hold a timestamp table."
        >
          <Input exact {...text("schema")} />
        </Field>
      </FormSection>
    </>
  );
}

function TlsSection({ form: { text, check }, errors, store }: SectionProps) {
  return (
    <FormSection title="TLS">
      <TlsFields
        caCertificates={text("caCertificates")}
        clientCertificate={text("clientCertificate")}
        clientKey={text("clientKey")}
        removeClientKey={check("removeClientKey")}
        storedKey={store?.clientKey}
        errors={errors}
      >
        <Field label="Mode" required error={errors["tlsMode"]}>
          <Select {...text("tlsMode")}>
            {TLS_MODES.toReversed().map((mode) => (
              <option key={mode} value={mode}>
                {TLS_WORDS[mode]}
              </option>
            ))}
          </Select>
        </Field>
      </TlsFields>
    </FormSection>
  );
}

function initialValues(store: StoreDto | undefined, environmentId: string) {
  const connection = store?.connection;
  return {
    environmentId: store?.environment.id ?? environmentId,
    name: store?.name ?? "",
    host: connection?.host ?? "",
    port: String(connection?.port ?? 5432),
    database: connection?.database ?? "",
    user: connection?.user ?? "",
    password: "",
    removePassword: false,
    tlsMode: connection?.tlsMode ?? "verify-full",
    caCertificates: connection?.caCertificates ?? "",
    clientCertificate: connection?.clientCertificate ?? "",
    clientKey: "",
    removeClientKey: false,
    tablePrefix: store?.tablePrefix ?? "",
    schema: store?.schema ?? "",
  };
}
