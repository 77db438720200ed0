"use client";

import type { ChangeEvent, ReactNode } from "react";

import { SecretField } from "#components/inventory/secret-field.tsx";
import type { TextControl } from "#components/inventory/environment-and-name.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { SecretMark } from "#lib/inventory/schema.ts";

interface TlsFieldsProps {
  caCertificates: TextControl;
  clientCertificate: TextControl;
  clientKey: TextControl;
  removeClientKey: {
    name: string;
    checked: boolean;
    onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  };
  storedKey?: SecretMark | undefined;
  errors: Readonly<Record<string, string>>;
  children?: ReactNode;
}

const JKS = "PEM. From a JKS key store: keytool -exportcert -rfc, or convert it to PKCS 12 and use openssl.";

/** Whom a TLS connection trusts and what it presents. */
export function TlsFields(props: TlsFieldsProps) {
  const { errors } = props;
  return (
    <>
      {props.children}
      <Field
        label="Certificates of the authority"
        optional
        hint={`${JKS} Empty: the authorities that this machine trusts.`}
        error={errors["caCertificates"]}
      >
        <Textarea exact rows={4} {...props.caCertificates} />
      </Field>
      <Field
        label="Client certificate"
        optional
        hint="PEM, with its intermediate certificates; only where the server asks for one."
        error={errors["clientCertificate"]}
      >
        <Textarea exact rows={4} {...props.clientCertificate} />
      </Field>
      <SecretField
        label="Client key"
        hint="PEM, without a passphrase. It is encrypted before it is stored and never shown again."
        multiline
        stored={props.storedKey}
        control={props.clientKey}
        removal={props.removeClientKey}
        error={errors["clientKey"]}
      />
    </>
  );
}
