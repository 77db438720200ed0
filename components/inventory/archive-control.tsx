"use client";

import { Archive, ArchiveRestore } from "lucide-react";
import { useState } from "react";

import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";

interface ArchiveControlProps {
  id: string;
  name: string;
  version: number;
  /** "store": what it is. */
  word: string;
  archived: boolean;
  archive: Action;
  restore: Action;
}

/** Archives a thing after asking, or brings it back. */
export function ArchiveControl({ id, name, version, word, archived, archive, restore }: ArchiveControlProps) {
  const [open, setOpen] = useState(false);
  const archiving = useAction(archive, () => setOpen(false));
  const restoring = useAction(restore);
  const seen = { id, seenVersion: version };
  if (archived) {
    return (
      <div className="flex flex-col gap-2">
        <Button pending={restoring.pending} onClick={() => restoring.run(seen)}>
          <ArchiveRestore aria-hidden />
          Restore {name}
        </Button>
        <ActionFailureCallout failure={restoring.failure} />
      </div>
    );
  }
  return (
    <>
      <Button variant="ghost" onClick={() => setOpen(true)}>
        <Archive aria-hidden />
        Archive
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={(next) => {
          archiving.clear();
          setOpen(next);
        }}
        title={`Archive the ${word} ${name}`}
        description={`It leaves all lists and can no longer be used. Nothing is deleted, no system is touched, and it can be restored.`}
        pending={archiving.pending}
        error={archiving.failure?.message ?? null}
        onConfirm={() => archiving.run(seen)}
      />
    </>
  );
}
