import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { LateBoundDto } from "#lib/approvals/schema.ts";

/** Values that nobody can know yet: what is approved is what they must satisfy. Afterwards the readings that met it stand beside it. */
export function LateBoundValues({ values }: { values: readonly LateBoundDto[] }) {
  return (
    <ul className="flex flex-col gap-4">
      {values.map((value) => (
        <li key={value.name} className="flex min-w-0 flex-col gap-2">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-medium text-ink">{value.name}</span>
            {value.settledBy === null ? (
              <Badge>not taken yet</Badge>
            ) : (
              <StateBadge state="pass">met in “{value.settledBy}”</StateBadge>
            )}
            {value.settledBy !== null && <TimestampValue value={value.value} label={value.name} />}
          </div>
          <p className="text-ink-muted">
            <span className="font-medium text-ink">Must be: </span>
            {value.predicate}
          </p>
          {value.readings.length > 0 && <ReadingsGrid readings={value.readings} />}
        </li>
      ))}
    </ul>
  );
}
