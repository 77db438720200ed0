"use client";

import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import type { Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { IncidentView } from "#lib/migrations/schema.ts";

interface IncidentCardProps {
  incident: IncidentView;
  migration: { id: string; version: number; canOperate: boolean };
  close: Action;
}

/** Something that must not be: what was seen, and what to do in which order. */
export function IncidentCard({ incident, migration, close }: IncidentCardProps) {
  const [closing, setClosing] = useState(false);
  const open = incident.closedAt === null;
  return (
    <Callout
      state={open ? "blocked" : "pass"}
      title={open ? `Incident: ${incident.title}` : `Closed incident: ${incident.title}`}
      live={open}
      actions={
        open && migration.canOperate ? (
          <Button onClick={() => setClosing(true)}>Close the incident…</Button>
        ) : undefined
      }
    >
      <p>{incident.detail}</p>
      {open && incident.actions.length > 0 && (
        <ol className="mt-2 list-decimal pl-5">
          {incident.actions.map((action) => (
            <li key={action}>{action}</li>
          ))}
        </ol>
      )}
      <p className="mt-1 text-sm text-ink-muted">
        Opened <Time at={incident.openedAt} />
        {incident.closedAt !== null && (
          <>
            , closed <Time at={incident.closedAt} />
          </>
        )}
      </p>
      <ReasonDialog
        open={closing}
        onOpenChange={setClosing}
        title="Close the incident"
        description="Close it only when its cause is gone and what it did to the data is known. The watch goes on and opens it again if it is seen again."
        reasonField="note"
        reasonLabel="What was found and done"
        action={close}
        input={{ migrationId: migration.id, incidentId: incident.id, seenVersion: migration.version }}
        blockedBecause={null}
      />
    </Callout>
  );
}
