"use client";

import { useRouter } from "next/navigation";

import { LevelFields } from "#components/approvals/level-fields.tsx";
import { policyOf, valuesOf } from "#components/approvals/policy-values.ts";
import { FormSection, FormShell } from "#components/inventory/form-shell.tsx";
import { useFormValues } from "#components/inventory/use-form-values.ts";
import { useAction, type Action } from "#components/live/use-action.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import { useToast } from "#components/ui/toaster.tsx";
import type { PolicyDto } from "#lib/approvals/schema.ts";
import { DANGER_LEVELS } from "#lib/engine/unit.ts";

interface PolicyFormProps {
  policy: PolicyDto;
  save: Action<{ version: number }>;
}

const WORST_FIRST = DANGER_LEVELS.toReversed();

/** Changes what an environment asks for before dangerous work. What can never be met is refused beside its field. */
export function PolicyForm({ policy, save }: PolicyFormProps) {
  const router = useRouter();
  const { toast } = useToast();
  const href = `/environments/${policy.environment.id}/policy`;
  const { run, pending, failure } = useAction(save, ({ version }) => {
    toast(`Version ${version} of the policy is in force.`, "pass");
    router.push(href);
  });
  const { values, set, text, check } = useFormValues(valuesOf(policy.policy));
  const errors = failure?.fields ?? {};
  const submit = () =>
    run({
      environmentId: policy.environment.id,
      seenVersion: policy.version,
      policy: policyOf(values),
      reason: values.reason,
    });
  return (
    <FormShell
      submit="Save the policy"
      cancelHref={href}
      pending={pending}
      failure={failure}
      onSubmit={submit}
    >
      {policy.openMigrations > 0 && (
        <Callout state="note" live={false}>
          {policy.openMigrations === 1
            ? "One migration is open"
            : `${policy.openMigrations} migrations are open`}
          . They keep the strictest policy that they have seen: what you loosen here holds for new ones only.
        </Callout>
      )}
      {WORST_FIRST.map((level) => (
        <LevelFields
          key={level}
          level={level}
          values={values.levels[level]}
          onChange={(changed) => set("levels", { ...values.levels, [level]: changed })}
          people={policy.people}
          errors={errors}
        />
      ))}
      <FormSection title="For every approval">
        <Checkbox
          label="Approving and executing take a second factor"
          hint="An authenticator app or a passkey, besides the fresh sign-in that destructive steps always take."
          {...check("secondFactor")}
        />
        <Checkbox
          label="Proofs may rest on what was pasted or attested"
          hint="Off: a step that needs approval runs only on values that Lockstep has read itself."
          {...check("unobservedProofs")}
        />
      </FormSection>
      <Field
        label="Why it changes"
        required
        error={errors["reason"]}
        hint="Kept with the version and in the audit log."
      >
        <Textarea rows={2} {...text("reason")} />
      </Field>
    </FormShell>
  );
}
