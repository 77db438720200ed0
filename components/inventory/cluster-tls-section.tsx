"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import { TlsFields } from "#components/inventory/tls-fields.tsx";
import type { FieldErrors, FormValues } from "#components/inventory/use-form-values.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { ClusterDto } from "#lib/inventory/schema.ts";

/** What of a cluster's values the TLS of its nodes takes. */
interface TlsValues {
  serverName: string;
  caCertificates: string;
  clientCertificate: string;
  clientKey: string;
  removeClientKey: boolean;
}

interface ClusterTlsSectionProps {
  title: string;
  form: Pick<FormValues<TlsValues>, "text" | "check">;
  errors: FieldErrors;
  storedKey?: ClusterDto["clientKey"] | undefined;
}

/** How the nodes of a cluster are trusted, and who we are to them. */
export function ClusterTlsSection({ title, form, errors, storedKey }: ClusterTlsSectionProps) {
  const { text, check } = form;
  return (
    <FormSection title={title} description="Used by https addresses.">
      <TlsFields
        caCertificates={text("caCertificates")}
        clientCertificate={text("clientCertificate")}
        clientKey={text("clientKey")}
        removeClientKey={check("removeClientKey")}
        storedKey={storedKey}
        errors={errors}
      >
        <Field
          label="Server name"
          optional
          error={errors["serverName"]}
          hint="The name in the certificates, where the addresses have another."
        >
          <Input exact {...text("serverName")} />
        </Field>
      </TlsFields>
    </FormSection>
  );
}
