"use client";

import { useState } from "react";

import { DifferencesTable } from "#components/approvals/differences-table.tsx";
import { PlanHash } from "#components/approvals/plan-hash.tsx";
import type { Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface NewPlanNoticeProps {
  migration: { id: string; version: number };
  newPlan: NonNullable<MigrationView["newPlan"]>;
  replan: Action;
  blockedBecause: string | null;
}

/** Lockstep would carry out another plan than the one that this migration shows: what differs, and the way to take it over. */
export function NewPlanNotice({ migration, newPlan, replan, blockedBecause }: NewPlanNoticeProps) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-label="Another plan" className="flex flex-col gap-3">
      <Callout
        state="blocked"
        live={false}
        title="The plan of this migration is not the one that Lockstep would carry out now"
        actions={
          <Button blockedBecause={blockedBecause} onClick={() => setOpen(true)}>
            Take the new plan over…
          </Button>
        }
      >
        <p>
          Nothing runs, and approvals do not count, until the new plan is taken over. It voids every approval.
        </p>
        <PlanHash hash={newPlan.planHash} label="new plan" />
      </Callout>
      <DifferencesTable
        label="What the new plan changes"
        before="This migration"
        after="The new plan"
        differences={newPlan.differences}
      />
      <ReasonDialog
        open={open}
        onOpenChange={setOpen}
        title="Take the new plan over"
        description="The migration begins again at its first step. Nothing that was done is taken back, and every approval has to be asked for again."
        action={replan}
        input={{ migrationId: migration.id, seenVersion: migration.version }}
        blockedBecause={blockedBecause}
      />
    </section>
  );
}
