"use client";

import { useRouter } from "next/navigation";
import type { ChangeEvent } from "react";

import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { MIGRATION_STATES } from "#lib/migrations/schema.ts";

export interface MigrationFilter {
  environmentId?: string | undefined;
  serviceId?: string | undefined;
  state?: string | undefined;
}

interface MigrationFiltersProps {
  filter: MigrationFilter;
  environments: readonly { id: string; name: string }[];
}

const STATE_WORDS: Record<(typeof MIGRATION_STATES)[number], string> = {
  open: "Open",
  watching: "Watching",
  done: "Done",
  abandoned: "Abandoned",
};

/** What the list shows. It lives in the address, so that a list can be shared. */
export function MigrationFilters({ filter, environments }: MigrationFiltersProps) {
  const router = useRouter();
  const change = (name: keyof MigrationFilter) => (event: ChangeEvent<HTMLSelectElement>) => {
    router.replace(migrationsHref({ ...filter, [name]: event.target.value }));
  };
  return (
    <div className="mb-4 flex flex-wrap gap-4">
      <Field label="Environment" className="w-48">
        <Select value={filter.environmentId ?? ""} onChange={change("environmentId")}>
          <option value="">All</option>
          {environments.map((environment) => (
            <option key={environment.id} value={environment.id}>
              {environment.name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="State" className="w-48">
        <Select value={filter.state ?? ""} onChange={change("state")}>
          <option value="">All</option>
          {MIGRATION_STATES.map((state) => (
            <option key={state} value={state}>
              {STATE_WORDS[state]}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}

function migrationsHref(filter: MigrationFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (typeof value === "string" && value !== "") query.set(name, value);
  }
  return query.size === 0 ? "/migrations" : `/migrations?${query.toString()}`;
}
