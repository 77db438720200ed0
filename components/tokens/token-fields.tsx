"use client";

import { useId, useState, type ReactNode } from "react";

import { LIVES, SCOPE_WORDS } from "#components/tokens/token-words.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { TOKEN_SCOPES } from "#lib/tokens/schema.ts";

interface TokenFieldsProps {
  environments: readonly { id: string; name: string }[];
  canNameMachines: boolean;
  fields: Readonly<Record<string, string>>;
}

/** The fields `name`, `for`, `scope`, `where`, `environment` and `days` of a new token. */
export function TokenFields({ environments, canNameMachines, fields }: TokenFieldsProps) {
  const [where, setWhere] = useState("all");
  return (
    <>
      <Field
        label="Name"
        hint="What it is for, such as the name of the program."
        error={fields["name"]}
        required
      >
        <Input name="name" autoComplete="off" maxLength={80} />
      </Field>
      {canNameMachines && (
        <Field
          label="For"
          hint="A machine's token is named after the machine. It is still yours: it reads what you may read, and ends with your account."
        >
          <Select name="for" defaultValue="me">
            <option value="me">Myself</option>
            <option value="machine">A machine that I answer for</option>
          </Select>
        </Field>
      )}
      <Group legend="It may" error={fields["scopes"]}>
        {TOKEN_SCOPES.map((scope) => (
          <Checkbox
            key={scope}
            name="scope"
            value={scope}
            defaultChecked={scope === "read"}
            label={SCOPE_WORDS[scope].label}
            hint={SCOPE_WORDS[scope].hint}
          />
        ))}
      </Group>
      <Field label="In">
        <Select name="where" value={where} onChange={(event) => setWhere(event.target.value)}>
          <option value="all">Every environment that I may read</option>
          <option value="some">These environments only</option>
        </Select>
      </Field>
      {where === "some" && (
        <Group legend="Environments" error={fields["environmentIds"]}>
          {environments.map(({ id, name }) => (
            <Checkbox key={id} name="environment" value={id} label={name} />
          ))}
        </Group>
      )}
      <Field label="Ends after" hint="A token cannot be prolonged: make another one." error={fields["days"]}>
        <Select name="days" defaultValue="30">
          {LIVES.map(({ days, label }) => (
            <option key={days} value={days}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}

function Group({
  legend,
  error,
  children,
}: {
  legend: string;
  error: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-2" aria-describedby={error === undefined ? undefined : id}>
      <legend className="mb-1.5 text-sm font-medium text-ink">{legend}</legend>
      {children}
      {error !== undefined && (
        <p id={id} className="text-sm text-blocked">
          {error}
        </p>
      )}
    </fieldset>
  );
}
