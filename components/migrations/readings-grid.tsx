"use client";

import { LiveValue } from "#components/live/live-value.tsx";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import type { ReadingView } from "#lib/migrations/schema.ts";

interface ReadingsGridProps {
  readings: readonly ReadingView[];
  /** How often they are read again; without one they are a record of the past. */
  intervalMs?: number;
}

/** The values that the findings rest on, each with its source, node and age. */
export function ReadingsGrid({ readings, intervalMs }: ReadingsGridProps) {
  return (
    <div className="@container">
      <div className="grid gap-x-8 gap-y-4 @sm:grid-cols-2 @3xl:grid-cols-3">
        {readings.map((reading, index) => (
          <LiveValue
            key={`${index} ${reading.key}`}
            label={reading.label}
            source={reading.source}
            node={reading.node}
            readAt={reading.readAt}
            provenance={reading.provenance}
            unknownBecause={reading.unknownBecause}
            {...(intervalMs !== undefined && { intervalMs })}
          >
            {reading.status === "known" ? <KnownValue reading={reading} /> : null}
          </LiveValue>
        ))}
      </div>
    </div>
  );
}

/** A value that was read: digits grouped for the eye, with the words of the reading where it has any. */
export function KnownValue({ reading }: { reading: ReadingView }) {
  if (reading.decimal === null) return <span className="text-sm wrap-anywhere">{reading.display}</span>;
  const plain = reading.display === reading.decimal || /^[-\d\s\u2009\u202f]+$/.test(reading.display);
  return (
    <span className="flex flex-col">
      <TimestampValue value={reading.decimal} label={reading.label} />
      {!plain && <span className="text-sm break-words text-ink-muted">{reading.display}</span>}
    </span>
  );
}
