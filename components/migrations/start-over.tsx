"use client";

import { useState } from "react";

import type { Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Button } from "#components/ui/button.tsx";

interface StartOverProps {
  migration: { id: string; version: number };
  replan: Action;
  blockedBecause: string | null;
}

/** The way back to the first step of a move whose copy is void. */
export function StartOver({ migration, replan, blockedBecause }: StartOverProps) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button blockedBecause={blockedBecause} onClick={() => setOpen(true)}>
        Start over…
      </Button>
      <ReasonDialog
        open={open}
        onOpenChange={setOpen}
        title="Start this move over"
        description="Both stores are assessed again and the move is planned anew, with new approvals, new S and C, and an empty ledger. The destination keeps what was copied until it is set up again: never start a client on it. It is refused once a client has started there."
        action={replan}
        input={{ migrationId: migration.id, seenVersion: migration.version }}
        blockedBecause={blockedBecause}
      />
    </div>
  );
}
