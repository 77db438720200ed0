"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import type { ApprovalActions } from "#components/approvals/approval-actions.ts";
import { ApprovalIcon } from "#components/approvals/approval-icon.tsx";
import {
  ApproveDialog,
  AskDialog,
  RejectDialog,
  WithdrawDialog,
} from "#components/approvals/decision-dialogs.tsx";
import { Button } from "#components/ui/button.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

interface DecisionBarProps {
  request: ApprovalRequestDto;
  actions: ApprovalActions;
}

type Opened = "approve" | "reject" | "withdraw" | "ask" | null;

/** The end of the page: how it stands, and what the person who looks can do about it. */
export function DecisionBar({ request, actions }: DecisionBarProps) {
  const router = useRouter();
  const [opened, setOpened] = useState<Opened>(null);
  const dialog = (name: Opened) => ({
    open: opened === name,
    onOpenChange: (open: boolean) => setOpened(open ? name : null),
  });
  const { id, migrationId, unit, unitTitle, currentPlanHash } = request;
  return (
    <div className="-mx-4 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 rounded-b-lg border-t border-line px-4 py-3">
      <Standing request={request} />
      <Buttons request={request} open={setOpened} />
      <ApproveDialog request={request} decide={actions.decide} {...dialog("approve")} />
      <RejectDialog request={request} decide={actions.decide} {...dialog("reject")} />
      <WithdrawDialog
        requestId={id}
        unitTitle={unitTitle}
        withdraw={actions.withdraw}
        {...dialog("withdraw")}
      />
      <AskDialog
        subject={{ migrationId, unit, planHash: currentPlanHash }}
        unitTitle={unitTitle}
        again
        request={actions.request}
        onAsked={(requestId) => router.push(`/approvals/${requestId}`)}
        {...dialog("ask")}
      />
    </div>
  );
}

function Standing({ request: { status, approve, mine } }: { request: ApprovalRequestDto }) {
  const because = !mine && status.state === "pending" && !approve.possible ? approve.because : null;
  return (
    <div className="flex min-w-0 grow basis-72 items-start gap-2">
      <ApprovalIcon state={status.state} className="mt-0.75" />
      <div className="min-w-0 text-ink">
        <p>{status.reason}</p>
        {because !== null && <p className="text-sm text-ink-muted">{because}</p>}
      </div>
    </div>
  );
}

function Buttons({ request, open }: { request: ApprovalRequestDto; open: (name: Opened) => void }) {
  const { mine, approve, reject, withdraw, requestAgain, status, migrationId } = request;
  const undecided = status.state === "pending" || status.state === "approved";
  return (
    <div className="flex flex-wrap gap-2 max-sm:w-full max-sm:[&>*]:grow">
      {withdraw.possible && <Button onClick={() => open("withdraw")}>Withdraw the request…</Button>}
      {requestAgain.possible && (
        <Button variant="primary" size="lg" onClick={() => open("ask")}>
          Ask again…
        </Button>
      )}
      {!mine && undecided && (
        <>
          <Button
            size="lg"
            blockedBecause={reject.possible ? null : reject.because}
            onClick={() => open("reject")}
          >
            Reject…
          </Button>
          <Button
            variant="primary"
            size="lg"
            blockedBecause={approve.possible ? null : approve.because}
            onClick={() => open("approve")}
          >
            Approve…
          </Button>
        </>
      )}
      {!undecided && !requestAgain.possible && (
        <LinkButton href={`/migrations/${migrationId}`}>Go to the migration</LinkButton>
      )}
    </div>
  );
}
