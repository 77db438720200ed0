import { APPROVAL_LOOKS, DANGER_WORDS, tallyWords } from "#components/approvals/approval-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { cn } from "#components/ui/cn.ts";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { ApprovalStatus, Danger } from "#lib/engine/unit.ts";

/** How a request stands, as a badge; while people decide, with the count. */
export function ApprovalStanding({ status }: { status: ApprovalStatus }) {
  const { state, words } = APPROVAL_LOOKS[status.state];
  const counts = status.state === "pending" ? `, ${status.counted} of ${status.needed}` : "";
  if (state === null) return <Badge>{words}</Badge>;
  return (
    <StateBadge state={state} title={status.reason}>
      {words}
      {counts}
    </StateBadge>
  );
}

/** The count alone, for lines where the standing is said elsewhere. */
export function ApprovalTally({ status }: { status: ApprovalStatus }) {
  return <span className="tabular">{tallyWords(status)}</span>;
}

/** How much harm a unit can do. */
export function DangerBadge({ danger }: { danger: Danger }) {
  return (
    <Badge
      tone={danger === "safe" ? "neutral" : "outline"}
      className={cn(danger === "destructive" && "border-warning-line bg-warning-soft text-warning")}
    >
      {DANGER_WORDS[danger]}
    </Badge>
  );
}
