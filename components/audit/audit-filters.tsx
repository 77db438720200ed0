import Form from "next/form";

import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { AUDIT_RESULTS, type AuditFilter } from "#lib/audit/schema.ts";

interface AuditFiltersProps {
  filter: AuditFilter;
  actions: readonly { action: string; words: string }[];
  environments: readonly { id: string; name: string }[];
  /** The address held filters that nobody can read; everything is shown. */
  isUnreadable: boolean;
}

/** The filters are the address of the page: a filtered list can be sent to somebody. */
export function AuditFilters({ filter, actions, environments, isUnreadable }: AuditFiltersProps) {
  return (
    <Form
      key={JSON.stringify(filter)}
      action="/audit"
      aria-label="Filter the audit log"
      className="mb-4 flex flex-wrap items-end gap-3"
    >
      {isUnreadable && (
        <Callout state="warning" className="w-full">
          The filters in this address cannot be read, so every entry is listed. Choose them anew.
        </Callout>
      )}
      <Field label="Who" className="w-36">
        <Input name="actor" defaultValue={filter.actor ?? ""} />
      </Field>
      <Field label="Did what" className="w-56">
        <Select name="action" defaultValue={filter.action ?? ""}>
          <option value="">Anything</option>
          {actions.map(({ action, words }) => (
            <option key={action} value={action}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="To what" className="w-36">
        <Input name="subject" defaultValue={filter.subject ?? ""} />
      </Field>
      <Field label="Environment" className="w-44">
        <Select name="environment" defaultValue={filter.environment ?? ""}>
          <option value="">Any or none</option>
          {environments.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Result" className="w-28">
        <Select name="result" defaultValue={filter.result ?? ""}>
          <option value="">Any</option>
          {AUDIT_RESULTS.map((result) => (
            <option key={result} value={result}>
              {result}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="From (UTC)" className="w-36">
        <Input name="from" type="date" defaultValue={filter.from?.slice(0, 10) ?? ""} />
      </Field>
      <Field label="To (UTC)" className="w-36">
        <Input name="to" type="date" defaultValue={filter.to?.slice(0, 10) ?? ""} />
      </Field>
      {filter.migration !== undefined && (
        <p className="flex h-8 items-center text-sm text-ink-muted">
          of migration <code className="ml-1 font-mono text-ink">{filter.migration.slice(0, 8)}</code>
          <input type="hidden" name="migration" value={filter.migration} />
        </p>
      )}
      <Button type="submit">Filter</Button>
      <LinkButton href="/audit" variant="ghost">
        Clear
      </LinkButton>
    </Form>
  );
}
