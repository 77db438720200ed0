"use client";

import { PenLine } from "lucide-react";
import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { AttestationView } from "#lib/migrations/schema.ts";

interface AttestationsPanelProps {
  attestations: readonly AttestationView[];
  /** Ids and version that every action of this step carries. */
  seen: { migrationId: string; stepId: string; seenVersion: number };
  attest: Action;
  blockedBecause: string | null;
}

/** What only a person can know: each line is declared one by one, with a note, and can be withdrawn. */
export function AttestationsPanel({ attestations, ...rest }: AttestationsPanelProps) {
  const done = attestations.filter((one) => one.attestedAt !== null).length;
  return (
    <div>
      <p className="mb-2 text-sm text-ink-muted">
        {done} of {attestations.length} attested. Attest only what you have seen yourself: your name stays
        with it.
      </p>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {attestations.map((one) => (
          <AttestationRow key={one.subject} attestation={one} {...rest} />
        ))}
      </ul>
    </div>
  );
}

interface AttestationRowProps extends Omit<AttestationsPanelProps, "attestations"> {
  attestation: AttestationView;
}

function AttestationRow({ attestation, seen, attest, blockedBecause }: AttestationRowProps) {
  const [note, setNote] = useState("");
  const { run, pending, failure } = useAction(attest, () => setNote(""));
  const { subject, attestedAt } = attestation;
  const attested = attestedAt !== null;
  const send = (withdraw: boolean) => run({ ...seen, subject, note: withdraw ? "" : note, withdraw });
  return (
    <li className="flex flex-col gap-2 px-3 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 grow basis-56">
          <p className="flex items-center gap-2 text-base font-medium text-ink">
            {attested ? (
              <PenLine aria-hidden className="size-4 text-pass" />
            ) : (
              <StateIcon state="unknown" label="Not attested" />
            )}
            <span className="min-w-0 break-words">{attestation.label}</span>
          </p>
          {attestation.hint !== null && (
            <p className="pl-6 text-sm break-words text-ink-muted">{attestation.hint}</p>
          )}
          {attested && (
            <p className="pl-6 text-sm break-words text-ink-muted">
              Attested by {attestation.attestedBy} <Time at={attestedAt} />
              {attestation.note !== null && attestation.note !== "" && `: ${attestation.note}`}
            </p>
          )}
        </div>
        {attested ? (
          <Button
            size="sm"
            pending={pending}
            blockedBecause={blockedBecause}
            aria-label={`Withdraw: ${attestation.label}`}
            onClick={() => send(true)}
          >
            Withdraw
          </Button>
        ) : (
          <div className="flex grow basis-64 items-center gap-2 sm:max-w-sm">
            <Field label={`Note on ${attestation.label}`} hideLabel className="grow">
              <Input
                value={note}
                placeholder="What you saw, optional"
                onChange={(event) => setNote(event.target.value)}
              />
            </Field>
            <Button
              pending={pending}
              blockedBecause={blockedBecause}
              aria-label={`Attest: ${attestation.label}`}
              onClick={() => send(false)}
            >
              Attest
            </Button>
          </div>
        )}
      </div>
      <ActionFailureCallout failure={failure} />
    </li>
  );
}
