"use client";

import Link from "next/link";

import type { ApprovalActions } from "#components/approvals/approval-actions.ts";
import { ApprovalClocks } from "#components/approvals/approval-clocks.tsx";
import { ApprovalStanding, DangerBadge } from "#components/approvals/approval-standing.tsx";
import { APPROVAL_LOOKS } from "#components/approvals/approval-words.ts";
import { BlastRadiusPanel } from "#components/approvals/blast-radius-panel.tsx";
import { BreakGlassMark } from "#components/approvals/break-glass-mark.tsx";
import { ChangesPanel } from "#components/approvals/changes-panel.tsx";
import { DecisionBar } from "#components/approvals/decision-bar.tsx";
import { DecisionsPanel } from "#components/approvals/decisions-panel.tsx";
import { EvidencePanel } from "#components/approvals/evidence-panel.tsx";
import { IrrevocablePanel } from "#components/approvals/irrevocable-panel.tsx";
import { ChangedPlanNotice, LastApprovedPanel } from "#components/approvals/plan-history-panel.tsx";
import { PlanHash } from "#components/approvals/plan-hash.tsx";
import { useRequestRefresh } from "#components/approvals/use-request-refresh.ts";
import { UsesPanel } from "#components/approvals/uses-panel.tsx";
import { TablesOfMove } from "#components/copy/tables-panel.tsx";
import { LiveRegion } from "#components/live/live-region.tsx";
import { Time } from "#components/live/time.tsx";
import { Card } from "#components/ui/card.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

interface ApprovalScreenProps {
  request: ApprovalRequestDto;
  actions: ApprovalActions;
}

const DECISION_ID = "decision";

/** One request: what exactly is allowed, on what evidence, and what cannot be undone. */
export function ApprovalScreen({ request, actions }: ApprovalScreenProps) {
  const watch = request.migrationState === "open" || request.migrationState === "watching";
  useRequestRefresh(request, watch);
  return (
    <div className="flex flex-col gap-4">
      <RequestHeader request={request} />
      <LiveRegion text={`${APPROVAL_LOOKS[request.status.state].words}. ${request.status.reason}`} />
      {request.breakGlass !== null && <BreakGlassMark glass={request.breakGlass} review={actions.review} />}
      <ChangedPlanNotice request={request} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <ChangesPanel request={request} />
          <IrrevocablePanel steps={request.steps} />
        </div>
        <EvidencePanel request={request} readIndependently={actions.readIndependently} watch={watch} />
      </div>
      {request.movesTables && (
        <Card aria-label="What becomes of the tables" className="p-4">
          <TablesOfMove migrationId={request.migrationId} version={0} first="lost" />
        </Card>
      )}
      <Card aria-label="What it means" className="flex flex-col gap-6 p-4">
        <LastApprovedPanel request={request} />
        <BlastRadiusPanel radius={request.blastRadius} />
      </Card>
      <Card id={DECISION_ID} tabIndex={-1} aria-label="Decision" className="flex flex-col gap-6 px-4 pt-4">
        <DecisionsPanel request={request} />
        <ApprovalClocks request={request} />
        <UsesPanel request={request} />
        <DecisionBar request={request} actions={actions} />
      </Card>
    </div>
  );
}

function RequestHeader({ request }: { request: ApprovalRequestDto }) {
  const { service, runbookTitle, migrationId, status } = request;
  return (
    <header className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <h1 className="min-w-0 grow text-xl font-semibold tracking-tight text-balance text-ink">
          {request.unitTitle}
        </h1>
        <PlanHash hash={request.planHash} />
        <DangerBadge danger={request.danger} />
        <ApprovalStanding status={status} />
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-sm text-ink-muted">
        <span>
          for{" "}
          <Link href={`/migrations/${migrationId}`} className="text-accent underline underline-offset-2">
            {service.name} · {runbookTitle}
          </Link>
        </span>
        <span>
          request {request.number}, asked <Time at={request.requestedAt} /> by{" "}
          {request.mine ? "you" : request.requestedBy}
        </span>
        <a href={`#${DECISION_ID}`} className="text-accent underline underline-offset-2">
          Go to the decision
        </a>
      </div>
      {request.note !== "" && (
        <blockquote className="max-w-prose border-l-2 border-line-strong/60 pl-3 break-words whitespace-pre-line text-ink">
          {request.note}
        </blockquote>
      )}
    </header>
  );
}
