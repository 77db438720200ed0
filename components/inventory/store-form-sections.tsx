"use client";

import type { StoreFormState } from "#components/inventory/store-form-values.ts";
import { FormSection } from "#components/inventory/form-shell.tsx";
import { SecretField } from "#components/inventory/secret-field.tsx";
import { TLS_WORDS } from "#components/inventory/store-words.ts";
import { TlsFields } from "#components/inventory/tls-fields.tsx";
import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { StoreDto } from "#lib/inventory/schema.ts";
import { CASSANDRA_TLS_MODES, TLS_MODES } from "#lib/stores/schema.ts";

/** What a part of the store form is given. */
export interface StoreSectionProps {
  form: StoreFormState;
  errors: FieldErrors;
  store: StoreDto | undefined;
}

/** Where a Postgres store is, and what its tables are called. */
export function PostgresSections({ form, errors, store }: StoreSectionProps) {
  const { text } = form;
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
            <Input exact inputMode="numeric" {...text("postgresPort")} />
          </Field>
        </div>
        <Field label="Database" required error={errors["database"]} hint="connection.dbName">
          <Input exact {...text("postgresDatabase")} />
        </Field>
        <Field
          label="User"
          required
          error={errors["user"]}
          hint="connection.dbLogin. Renaming the bound's column takes the owner of the table."
        >
          <Input exact autoComplete="off" {...text("user")} />
        </Field>
        <PasswordField form={form} errors={errors} store={store} />
      </FormSection>
      <FormSection title="Tables">
        <Field label="Table prefix" optional error={errors["tablePrefix"]} hint="ddl.tablePrefix">
          <Input exact {...text("postgresPrefix")} />
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

/** The password of a store that Lockstep connects to. */
export function PasswordField({ form: { text, check }, errors, store }: StoreSectionProps) {
  return (
    <SecretField
      label="Password"
      hint="It is encrypted before it is stored and never shown again."
      stored={store?.password}
      control={text("password")}
      removal={check("removePassword")}
      error={errors["password"]}
    />
  );
}

/** How the connection is protected; Cassandra may also name its certificates otherwise than its contact points. */
export function StoreTlsSection({ form: { values, text, check }, errors, store }: StoreSectionProps) {
  const isCassandra = values.kind === "cassandra";
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
          <Select {...text(isCassandra ? "cassandraTlsMode" : "tlsMode")}>
            {(isCassandra ? CASSANDRA_TLS_MODES : TLS_MODES).toReversed().map((mode) => (
              <option key={mode} value={mode}>
                {TLS_WORDS[mode]}
              </option>
            ))}
          </Select>
        </Field>
        {isCassandra && (
          <Field
            label="Name in the certificates"
            optional
            error={errors["serverName"]}
            hint="Only where every node's certificate carries another name than its contact point."
          >
            <Input exact {...text("serverName")} />
          </Field>
        )}
      </TlsFields>
    </FormSection>
  );
}
