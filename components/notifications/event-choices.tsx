"use client";

import { Button } from "#components/ui/button.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { KIND_WORDS, NOTIFICATION_KINDS, type NotificationKind } from "#lib/notifications/schema.ts";

interface EventChoicesProps {
  /** "Events": what is chosen. */
  legend: string;
  chosen: readonly NotificationKind[];
  onChange: (chosen: readonly NotificationKind[]) => void;
  /** Kinds that are always chosen. */
  fixed?: readonly NotificationKind[];
  error?: string | undefined;
}

/** Which events are told, as checkboxes, with all or none at once. */
export function EventChoices({ legend, chosen, onChange, fixed = [], error }: EventChoicesProps) {
  const isChosen = (kind: NotificationKind) => chosen.includes(kind) || fixed.includes(kind);
  const toggle = (kind: NotificationKind, on: boolean) =>
    onChange(NOTIFICATION_KINDS.filter((one) => (one === kind ? on : isChosen(one))));
  return (
    <fieldset
      className="flex min-w-0 flex-col gap-3"
      aria-describedby={error === undefined ? undefined : "events-error"}
    >
      <legend className="mb-1 text-base font-semibold text-ink">{legend}</legend>
      <div className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        {NOTIFICATION_KINDS.map((kind) => (
          <Checkbox
            key={kind}
            label={KIND_WORDS[kind]}
            checked={isChosen(kind)}
            disabled={fixed.includes(kind)}
            onChange={(event) => toggle(kind, event.target.checked)}
            {...(fixed.includes(kind) && { hint: "Always sent: somebody has to look." })}
          />
        ))}
      </div>
      <div className="flex gap-2">
        <Button size="sm" onClick={() => onChange(NOTIFICATION_KINDS)}>
          All
        </Button>
        <Button size="sm" onClick={() => onChange(fixed)}>
          None
        </Button>
      </div>
      {error !== undefined && (
        <p id="events-error" className="text-sm text-blocked">
          {error}
        </p>
      )}
    </fieldset>
  );
}
