"use client";

import { useState } from "react";

import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

interface OraclePanelProps {
  /** The read-only command; null where none can be written. */
  command: string | null;
  /** Pins what the pasted output shows; absent for whoever may not. */
  pin?: { action: Action; seen: { id: string; seenVersion: number }; pinned: boolean } | undefined;
}

/** Stands where other stores have their connection test: what is not tried, and how to say which database it is. */
export function OraclePanel({ command, pin }: OraclePanelProps) {
  return (
    <Card aria-label="By hand">
      <CardHeader
        title="By hand"
        description="Not tried: Lockstep never connects to an Oracle database. What it knows of this store was pasted."
      />
      <CardBody className="flex flex-col gap-4">
        <Callout state="warning" live={false} title="There was no Oracle server to try these commands on">
          They were written after AtlasDB&apos;s source and Oracle&apos;s documentation. Read each one before
          you run it, and report what differs. The command below only reads.
        </Callout>
        {command === null ? (
          <Callout state="blocked" live={false}>
            No command can be written safely for these names. Edit the store.
          </Callout>
        ) : (
          <CodeBlock code={command} label="sqlplus command that reads the store" />
        )}
        <p className="max-w-prose text-sm text-ink-muted">
          Run it where sqlplus is, as the user who owns the tables, with the password in the variable
          ORACLE_PASSWORD. It prints what the store is, its bound, its newest punch and its newest
          transaction, twice, in two sessions.
        </p>
        {pin !== undefined && <PinForm {...pin} />}
      </CardBody>
    </Card>
  );
}

function PinForm({ action, seen, pinned }: NonNullable<OraclePanelProps["pin"]>) {
  const [text, setText] = useState("");
  const { run, pending, failure } = useAction(action, () => setText(""));
  const empty = text.trim() === "" ? "Paste the output of the command first." : null;
  return (
    <>
      <Field
        label="Output of the command"
        hint="Paste it whole; never retype digits. It pins which database, schema and table this is, and a migration takes no other for it."
        error={failure?.fields["text"]}
      >
        <Textarea exact rows={6} value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <ActionFailureCallout failure={failure} />
      <div>
        <Button pending={pending} blockedBecause={empty} onClick={() => run({ ...seen, text })}>
          {pinned ? "Take this database for the store" : "Pin what this shows"}
        </Button>
      </div>
    </>
  );
}
