"use client";

import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import type { ApprovalActions } from "#components/approvals/approval-actions.ts";
import { ApprovalStanding, DangerBadge } from "#components/approvals/approval-standing.tsx";
import { canAskAgain } from "#components/approvals/approval-words.ts";
import { BreakGlassDialog } from "#components/approvals/break-glass-dialog.tsx";
import { AskDialog, WithdrawDialog } from "#components/approvals/decision-dialogs.tsx";
import { Time } from "#components/live/time.tsx";
import { Section } from "#components/migrations/section.tsx";
import { Button } from "#components/ui/button.tsx";
import type { ApprovalSummary, BreakGlassOffer } from "#lib/approvals/schema.ts";
import type { ApprovalStatus, UnitApproval } from "#lib/engine/unit.ts";

export interface UnitApprovalSectionProps {
  approval: UnitApproval;
  migration: { id: string; planHash: string };
  /** The newest request on the unit, as the person who looks may see it. */
  request: ApprovalSummary | null;
  /** What breaking the glass would mean; null where it is no matter. */
  offer: BreakGlassOffer | null;
  actions: ApprovalActions;
  /** Why nothing can be asked or withdrawn by the person who looks; null when it can. */
  blockedBecause: string | null;
}

type Opened = "ask" | "withdraw" | "break" | null;

/** How one unit stands in regard of its approval, and what can be done about it from the migration. */
export function UnitApprovalSection(props: UnitApprovalSectionProps) {
  const { approval, migration, request, offer, actions, blockedBecause } = props;
  const [opened, setOpened] = useState<Opened>(null);
  const dialog = (name: Opened) => ({
    open: opened === name,
    onOpenChange: (open: boolean) => setOpened(open ? name : null),
  });
  const { status, unit, title } = approval;
  return (
    <Section title="Approval" aside={<ApprovalStanding status={status} />}>
      <div className="flex flex-col gap-3">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-ink">
          <DangerBadge danger={approval.danger} />
          {status.reason}
        </p>
        {approval.stepIds.length > 1 && (
          <p className="text-sm text-ink-muted">It covers {title}: they are done in one go.</p>
        )}
        <WhoCounts status={status} />
        <div className="flex flex-wrap items-center gap-2">
          {canAskAgain(status.state) && !status.executable && (
            <Button blockedBecause={blockedBecause} onClick={() => setOpened("ask")}>
              {approval.requestId === null ? "Ask for approval…" : "Ask again…"}
            </Button>
          )}
          {request?.mine === true && (status.state === "pending" || status.state === "approved") && (
            <Button blockedBecause={blockedBecause} onClick={() => setOpened("withdraw")}>
              Withdraw the request…
            </Button>
          )}
          {offer?.possible === true && (
            <Button variant="ghost" onClick={() => setOpened("break")}>
              Break the glass…
            </Button>
          )}
          {approval.requestId !== null && <RequestLink requestId={approval.requestId} />}
        </div>
      </div>
      <AskDialog
        subject={{ migrationId: migration.id, unit, planHash: migration.planHash }}
        unitTitle={title}
        again={approval.requestId !== null}
        request={actions.request}
        {...dialog("ask")}
      />
      {approval.requestId !== null && (
        <WithdrawDialog
          requestId={approval.requestId}
          unitTitle={title}
          withdraw={actions.withdraw}
          {...dialog("withdraw")}
        />
      )}
      {offer !== null && (
        <BreakGlassDialog
          migrationId={migration.id}
          offer={offer}
          breakGlass={actions.breakGlass}
          {...dialog("break")}
        />
      )}
    </Section>
  );
}

function RequestLink({ requestId }: { requestId: string }) {
  return (
    <Link
      href={`/approvals/${requestId}`}
      className="inline-flex items-center gap-1 rounded-sm text-sm text-accent underline underline-offset-2"
    >
      Open the request
      <ChevronRight aria-hidden className="size-3.5" />
    </Link>
  );
}

/** Names with their times; whoever does not count is named with the reason, so that nobody wonders. */
function WhoCounts({ status }: { status: ApprovalStatus }) {
  const { countedBy, notCounted, until, state } = status;
  if (countedBy.length === 0 && notCounted.length === 0 && until === null) return null;
  return (
    <ul className="flex flex-col gap-1 text-sm text-ink-muted">
      {countedBy.map((one) => (
        <li key={one.personId}>
          <span className="font-medium text-ink">{one.name}</span> approved <Time at={one.at} />
        </li>
      ))}
      {notCounted.map((one) => (
        <li key={one.personId}>
          <span className="font-medium text-warning">{one.name} does not count:</span> {one.because}
        </li>
      ))}
      {until !== null && (
        <li>
          {state === "pending" ? "To be decided by" : "To be executed by"} <Time at={until} mode="absolute" />
        </li>
      )}
    </ul>
  );
}
