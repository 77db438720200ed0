import Form from "next/form";

import { DELIVERY_WORDS } from "#components/notifications/notification-words.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import type { InventoryRef } from "#lib/inventory/schema.ts";
import {
  DELIVERY_STATES,
  type DeliveryFilter,
  KIND_WORDS,
  NOTIFICATION_KINDS,
} from "#lib/notifications/schema.ts";

interface DeliveryFiltersProps {
  filter: DeliveryFilter;
  channels: readonly InventoryRef[];
  environments: readonly InventoryRef[];
}

/** The filters are the address of the page: a filtered log can be sent to somebody. */
export function DeliveryFilters({ filter, channels, environments }: DeliveryFiltersProps) {
  return (
    <Form
      key={JSON.stringify(filter)}
      action="/notifications/deliveries"
      aria-label="Filter the delivery log"
      className="mb-4 flex flex-wrap items-end gap-3"
    >
      <Choice name="state" label="State" value={filter.state}>
        {DELIVERY_STATES.map((state) => (
          <option key={state} value={state}>
            {DELIVERY_WORDS[state]}
          </option>
        ))}
      </Choice>
      <Choice name="channel" label="Channel" value={filter.channel}>
        {channels.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice name="kind" label="Event" value={filter.kind}>
        {NOTIFICATION_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {KIND_WORDS[kind]}
          </option>
        ))}
        <option value="test">Test</option>
      </Choice>
      <Choice name="environment" label="Environment" value={filter.environment}>
        {environments.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      {filter.migration !== undefined && (
        <p className="flex h-8 items-center text-sm text-ink-muted">
          of migration <code className="ml-1 font-mono text-ink">{filter.migration.slice(0, 8)}</code>
          <input type="hidden" name="migration" value={filter.migration} />
        </p>
      )}
      <Button type="submit">Filter</Button>
      <LinkButton href="/notifications/deliveries" variant="ghost">
        Clear
      </LinkButton>
    </Form>
  );
}

function Choice(props: {
  name: string;
  label: string;
  value: string | undefined;
  children: React.ReactNode;
}) {
  return (
    <Field label={props.label} className="w-44">
      <Select name={props.name} defaultValue={props.value ?? ""}>
        <option value="">Any</option>
        {props.children}
      </Select>
    </Field>
  );
}
