"use client";

import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { SecretField } from "#components/inventory/secret-field.tsx";
import { type FieldErrors, type FormValues, useFormValues } from "#components/inventory/use-form-values.ts";
import { useAction, type Action } from "#components/live/use-action.ts";
import { OidcProviderTest, type ProviderFacts } from "#components/people/oidc-provider-test.tsx";
import { OidcRulesEditor } from "#components/people/oidc-rules-editor.tsx";
import type { EnvironmentChoice } from "#components/people/people-actions.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toaster.tsx";
import type { OidcSettingsDto } from "#lib/people/schema.ts";

interface OidcSettingsFormProps {
  settings: OidcSettingsDto;
  environments: readonly EnvironmentChoice[];
  save: Action;
  test: Action<ProviderFacts>;
}

type Values = Omit<OidcSettingsDto, "version" | "clientSecret" | "redirectUrl"> & {
  clientSecret: string;
  removeClientSecret: boolean;
};

interface SectionProps {
  form: FormValues<Values>;
  errors: FieldErrors;
}

/** The sign-in provider. The server checks everything, and what was typed stays. */
export function OidcSettingsForm({ settings, environments, save, test }: OidcSettingsFormProps) {
  const { toast } = useToast();
  const { run, pending, failure } = useAction(save, () => toast("Single sign-on is saved."));
  const { version, clientSecret: secret, redirectUrl, ...initial } = settings;
  const form = useFormValues<Values>({ ...initial, clientSecret: "", removeClientSecret: false });
  const { values, set } = form;
  const errors = failure?.fields ?? {};
  return (
    <FormShell
      submit="Save single sign-on"
      cancelHref="/users"
      pending={pending}
      failure={failure}
      onSubmit={() => run({ ...values, seenVersion: version })}
    >
      <ProviderSection form={form} errors={errors} secret={secret} redirectUrl={redirectUrl} test={test} />
      <SignInSection form={form} errors={errors} />
      <FormSection
        title="Roles from claims"
        description="Brought up to date at each sign-in. Roles that you grant by hand are never touched."
      >
        <OidcRulesEditor
          rules={values.rules}
          environments={environments}
          errors={errors}
          onChange={(rules) => set("rules", [...rules])}
        />
      </FormSection>
    </FormShell>
  );
}

interface ProviderSectionProps extends SectionProps {
  secret: OidcSettingsDto["clientSecret"];
  redirectUrl: string;
  test: Action<ProviderFacts>;
}

function ProviderSection({ form, errors, secret, redirectUrl, test }: ProviderSectionProps) {
  const { values, text, check } = form;
  return (
    <FormSection title="Provider">
      <Checkbox
        {...check("enabled")}
        label="People can sign in with the provider"
        hint="While this is off, nobody can, and the roles that it gave are taken away."
      />
      <Field
        label="Issuer"
        required
        error={errors["issuer"]}
        hint="Exactly as the provider writes it, such as https://login.example.com/realms/staff."
      >
        <Input {...text("issuer")} exact autoComplete="off" />
      </Field>
      <OidcProviderTest issuer={values.issuer} test={test} />
      <Field label="Client id" required error={errors["clientId"]}>
        <Input {...text("clientId")} exact autoComplete="off" />
      </Field>
      <SecretField
        label="Client secret"
        hint="Without one, the client is a public one: the provider must allow that."
        stored={secret}
        control={text("clientSecret")}
        removal={check("removeClientSecret")}
        error={errors["clientSecret"]}
      />
      <Field label="Scopes" required error={errors["scopes"]} hint="What is asked for, with spaces between.">
        <Input {...text("scopes")} exact autoComplete="off" />
      </Field>
      <div className="flex flex-col gap-1 text-sm">
        <p className="font-medium text-ink">Address that people come back to</p>
        <p className="flex items-start gap-1.5 text-ink-muted">
          <code translate="no" className="min-w-0 font-mono break-all text-ink">
            {redirectUrl}
          </code>
          <CopyButton text={redirectUrl} label="Copy the address" />
        </p>
        <p className="text-ink-muted">Enter it at the provider as redirect URI, exactly so.</p>
      </div>
    </FormSection>
  );
}

function SignInSection({ form, errors }: SectionProps) {
  const { text, check } = form;
  return (
    <FormSection title="Sign-in">
      <Field label="Words on the button" required error={errors["buttonLabel"]}>
        <Input {...text("buttonLabel")} autoComplete="off" maxLength={40} />
      </Field>
      <Checkbox
        {...check("passwordAllowed")}
        label="People of the provider may also use a password or passkey alone"
        hint="Turned off, the provider decides who still works here. Whoever has the host can always make a recovery link."
      />
      <Checkbox
        {...check("createPeople")}
        label="Whoever is new gets an account by themselves"
        hint="With the roles of the rules below, and none without a rule. Otherwise an administrator adds people first."
      />
      <Checkbox
        {...check("trustsSecondFactor")}
        label="The provider's second factor counts here"
        hint="When it says so in the claim amr (mfa, otp or hwk). Otherwise people use the one that they set up here."
      />
    </FormSection>
  );
}
