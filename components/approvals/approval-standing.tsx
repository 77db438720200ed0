import { ApprovalIcon } from "#components/approvals/approval-icon.tsx";
import { APPROVAL_LOOKS, DANGER_WORDS } from "#components/approvals/approval-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { cn } from "#components/ui/cn.ts";
import { STATE_LOOK } from "#components/ui/state-mark.tsx";
import type { ApprovalStatus, Danger } from "#lib/engine/unit.ts";

/** How a request stands, as a badge; while people decide, with the count. */
export function ApprovalStanding({ status }: { status: ApprovalStatus }) {
  const { state, words } = APPROVAL_LOOKS[status.state];
  const counts = status.state === "pending" ? `, ${status.counted} of ${status.needed}` : "";
  if (state === null) return <Badge>{words}</Badge>;
  return (
    <span
      title={status.reason}
      className={cn(
        "inline-flex max-w-full items-center gap-1.5 rounded-md border px-1.5 py-0.5 text-sm font-medium",
        STATE_LOOK[state].soft,
        STATE_LOOK[state].text,
      )}
    >
      <ApprovalIcon state={status.state} className="size-3.5" />
      <span className="tabular min-w-0">
        {words}
        {counts}
      </span>
    </span>
  );
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
