"use client";

import { useState } from "react";

import { PlanHash } from "#components/approvals/plan-hash.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

interface DecisionDialogProps {
  request: ApprovalRequestDto;
  decide: Action;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Allows this very plan, after a look at what cannot be taken back and a proof of who sits there. */
export function ApproveDialog({ request, decide, open, onOpenChange }: DecisionDialogProps) {
  const [reason, setReason] = useState("");
  const { run, pending, failure, clear } = useAction(decide, () => onOpenChange(false));
  const lasting = request.steps.filter(({ undo, irreversible }) => irreversible || !undo.possible);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        clear();
        onOpenChange(next);
      }}
      title={`Approve “${request.unitTitle}”`}
      confirm="Approve this plan"
      irreversible={lasting.length > 0}
      pending={pending}
      error={failure?.message ?? null}
      blockedBecause={request.approve.possible ? null : request.approve.because}
      onConfirm={() =>
        run({ requestId: request.id, planHash: request.planHash, decision: "approve", reason })
      }
      description={
        <div className="flex flex-col gap-2">
          <p>
            You allow it for {request.service.name} in {request.environment.name}, on this plan and no other.
          </p>
          <PlanHash hash={request.planHash} />
          {lasting.length > 0 && (
            <p className="text-ink">Cannot be undone: {lasting.map(({ title }) => title).join(", ")}.</p>
          )}
        </div>
      }
    >
      <Field label="Note" optional hint="Kept with your approval." error={failure?.fields["reason"]}>
        <Textarea rows={2} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </ConfirmDialog>
  );
}

/** Ends the request with a reason that everybody sees. */
export function RejectDialog({ request, decide, open, onOpenChange }: DecisionDialogProps) {
  return (
    <ReasonDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Reject “${request.unitTitle}”`}
      description="One rejection ends the request, whoever approved before. It can be asked for again once your reason is settled."
      reasonLabel="What has to change first"
      action={decide}
      input={{ requestId: request.id, planHash: request.planHash, decision: "reject" }}
      blockedBecause={request.reject.possible ? null : request.reject.because}
    />
  );
}

interface WithdrawDialogProps {
  requestId: string;
  unitTitle: string;
  withdraw: Action;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Takes the own request back. */
export function WithdrawDialog({ requestId, unitTitle, withdraw, open, onOpenChange }: WithdrawDialogProps) {
  return (
    <ReasonDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Withdraw the request for “${unitTitle}”`}
      description="What was decided on it stops counting. It can be asked for again at any time."
      optional
      action={withdraw}
      input={{ requestId }}
      blockedBecause={null}
    />
  );
}

interface AskDialogProps {
  subject: { migrationId: string; unit: string; planHash: string };
  unitTitle: string;
  /** A request on it has ended before. */
  again: boolean;
  request: Action<{ id: string }>;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onAsked?: (requestId: string) => void;
}

/** Asks the people of the policy for their approval. */
export function AskDialog({
  subject,
  unitTitle,
  again,
  request,
  open,
  onOpenChange,
  onAsked,
}: AskDialogProps) {
  return (
    <ReasonDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Ask ${again ? "again " : ""}for approval of “${unitTitle}”`}
      description={
        <>
          Those who may approve are told. They see the plan, what the systems say now, and your note. They can
          be asked before clients stop.
        </>
      }
      optional
      reasonField="note"
      reasonLabel="Note for the approvers"
      action={request}
      input={subject}
      blockedBecause={null}
      {...(onAsked && { onDone: ({ id }: { id: string }) => onAsked(id) })}
    />
  );
}
