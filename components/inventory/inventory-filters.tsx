import { Search } from "lucide-react";

import { Button } from "#components/ui/button.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { InventoryFilter, InventoryRef } from "#lib/inventory/schema.ts";

interface InventoryFiltersProps {
  filter: InventoryFilter;
  /** Absent where the list is not by environment. */
  environments?: readonly InventoryRef[];
  /** "services": what is filtered. */
  word: string;
}

/** Filters of a list. They are the page's address, so that what is seen can be shared. */
export function InventoryFilters({ filter, environments, word }: InventoryFiltersProps) {
  return (
    <form
      method="get"
      role="search"
      aria-label={`Filter ${word}`}
      className="mb-4 flex flex-wrap items-end gap-x-4 gap-y-3"
    >
      <Field label="Name" className="grow sm:max-w-64">
        <Input name="q" type="search" defaultValue={filter.q ?? ""} />
      </Field>
      {environments !== undefined && (
        <Field label="Environment" className="grow sm:max-w-56">
          <Select name="environment" defaultValue={filter.environment ?? ""}>
            <option value="">All</option>
            {environments.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <Checkbox
        name="archived"
        value="yes"
        label="Archived too"
        defaultChecked={filter.archived === "yes"}
        className="pb-1.5"
      />
      <Button type="submit">
        <Search aria-hidden />
        Filter
      </Button>
    </form>
  );
}
