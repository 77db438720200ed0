import { Time } from "#components/live/time.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

/** The worker's watch after clients run again: until when, and when it last looked. */
export function WatchPanel({ watch }: { watch: NonNullable<MigrationView["watch"]> }) {
  const moment = (at: string | null, none: string) => (at === null ? none : <Time at={at} />);
  return (
    <KeyValues
      columns={3}
      items={[
        { label: "Last looked", value: moment(watch.lastCheckedAt, "not yet") },
        { label: "Looks again", value: moment(watch.nextCheckAt, "not planned") },
        {
          label: "Ends",
          value: watch.until === null ? "not set" : <Time at={watch.until} mode="absolute" />,
        },
      ]}
    />
  );
}
