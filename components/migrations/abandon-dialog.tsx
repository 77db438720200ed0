"use client";

import type { Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface AbandonDialogProps {
  view: MigrationView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  abandon: Action;
}

/** Ends a migration where it stands, after saying what stays behind. */
export function AbandonDialog({ view, open, onOpenChange, abandon }: AbandonDialogProps) {
  const { possible, because, leavesBehind } = view.abandon;
  const refused = possible ? null : (because ?? "This migration cannot be abandoned now.");
  return (
    <ReasonDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Abandon the migration of ${view.service.name}`}
      cancel="Keep it open"
      destructive
      phrase={view.service.name}
      action={abandon}
      input={{ migrationId: view.id, seenVersion: view.version }}
      blockedBecause={
        refused ?? (view.canOperate ? null : "You need the operator role on this environment to do this.")
      }
      description={
        <>
          <p>Nothing is undone by abandoning. Lockstep stops watching, and the lease is given back.</p>
          <p className="mt-3 font-medium text-ink">
            {leavesBehind.length === 0 ? "It leaves nothing behind." : "It leaves behind:"}
          </p>
          {leavesBehind.length > 0 && (
            <ul className="mt-1 list-disc pl-5">
              {leavesBehind.map((thing) => (
                <li key={thing}>{thing}</li>
              ))}
            </ul>
          )}
        </>
      }
    />
  );
}
