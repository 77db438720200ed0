"use client";

import { usePathname, useRouter } from "next/navigation";
import { useCallback, useState } from "react";

import { ApprovalLine } from "#components/approvals/approval-line.tsx";
import { useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout, failureInDialog } from "#components/migrations/action-failure.tsx";
import type { MigrationActions } from "#components/migrations/migration-actions.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { ConfirmDialog, UNDER_WAY } from "#components/ui/confirm-dialog.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { UnitApproval } from "#lib/engine/unit.ts";
import type { StepView } from "#lib/migrations/schema.ts";

interface StepActionProps {
  step: StepView;
  seen: { migrationId: string; stepId: string; seenVersion: number };
  actions: MigrationActions;
  blockedBecause: string | null;
  /** The first answer of the systems is still to come. */
  reading: boolean;
  /** Why not even skipping is possible. */
  forbiddenBecause: string | null;
  /** How the unit of an act stands; null for other steps. */
  approval: UnitApproval | null;
}

/** The end of the step: what undo means, why the button waits, and the one primary button of the page. */
export function StepAction({
  step,
  seen,
  actions,
  blockedBecause,
  reading,
  forbiddenBecause,
  approval,
}: StepActionProps) {
  const [dialog, setDialog] = useState<"run" | "skip" | null>(null);
  const moveOn = useMoveOn(() => setDialog(null));
  const { run, pending, failure, clear } = useAction(actions.runStep, moveOn);
  const phrase = step.inputs.includes("typed-phrase") ? step.typedPhrase : null;
  const asks = phrase !== null || step.irreversible;
  const press = () => (asks ? setDialog("run") : run(seen));
  return (
    <div className="sticky bottom-0 z-10 -mx-4 flex flex-col gap-3 rounded-b-lg border-t border-line bg-surface px-4 py-3">
      {dialog === null && <ActionFailureCallout failure={failure} />}
      <div className="flex flex-wrap items-center justify-end gap-x-4 gap-y-2">
        <WhyAndUndo
          step={step}
          blockedBecause={pending ? UNDER_WAY : blockedBecause}
          reading={reading || pending}
        />
        {approval !== null && approval.status.state !== "not-needed" && <ApprovalLine approval={approval} />}
        {step.optional && (
          <Button variant="ghost" blockedBecause={forbiddenBecause} onClick={() => setDialog("skip")}>
            Skip this step…
          </Button>
        )}
        <Button
          variant="primary"
          size="lg"
          pending={pending}
          blockedBecause={pending ? null : blockedBecause}
          aria-haspopup={asks ? "dialog" : undefined}
          onClick={press}
          className="max-sm:h-auto max-sm:min-h-11 max-sm:w-full max-sm:py-2 max-sm:whitespace-normal"
        >
          {step.button}
        </Button>
      </div>
      <ConfirmDialog
        open={dialog === "run"}
        onOpenChange={(open) => {
          clear();
          setDialog(open ? "run" : null);
        }}
        title={step.button}
        irreversible={step.irreversible}
        phrase={phrase}
        pending={pending}
        error={failureInDialog(failure)}
        blockedBecause={blockedBecause}
        onConfirm={(typedPhrase) => run({ ...seen, ...(phrase !== null && { typedPhrase }) })}
        description={<RunDescription step={step} />}
      />
      <ReasonDialog
        open={dialog === "skip"}
        onOpenChange={(open) => setDialog(open ? "skip" : null)}
        title={`Skip “${step.title}”`}
        description="The step is optional. That it was skipped, by whom and why stays in the audit log."
        action={actions.skipStep}
        input={seen}
        blockedBecause={forbiddenBecause}
      />
    </div>
  );
}

interface WhyAndUndoProps {
  step: StepView;
  blockedBecause: string | null;
  reading: boolean;
}

function WhyAndUndo({ step, blockedBecause, reading }: WhyAndUndoProps) {
  return (
    <p className="min-w-0 grow basis-64 text-sm text-ink-muted">
      {blockedBecause !== null && (
        <span className="flex items-start gap-1.5 text-ink">
          <StateIcon state={reading ? "running" : "blocked"} label={null} className="mt-0.5" />
          <span>{blockedBecause}</span>
        </span>
      )}
      <span className="font-medium text-ink">Undo: </span>
      {step.undo.text}
    </p>
  );
}

function RunDescription({ step }: { step: StepView }) {
  return (
    <div className="flex flex-col gap-2">
      <p>{step.purpose}</p>
      {step.operations.map((operation) => (
        <p key={operation.title} className="text-sm">
          <code className="font-mono break-all text-ink">{operation.title}</code>
        </p>
      ))}
      <p>
        <span className="font-medium text-ink">Undo: </span>
        {step.undo.text}
      </p>
      {step.undo.leavesBehind.length > 0 && <p>It leaves behind {step.undo.leavesBehind.join(", ")}.</p>}
    </div>
  );
}

/** After a step is through, the page shows the current one again. */
function useMoveOn(before: () => void): () => void {
  const router = useRouter();
  const pathname = usePathname();
  return useCallback(() => {
    before();
    router.replace(pathname, { scroll: false });
  }, [before, router, pathname]);
}
