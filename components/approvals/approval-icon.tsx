import { Hourglass } from "lucide-react";

import { APPROVAL_LOOKS } from "#components/approvals/approval-words.ts";
import { cn } from "#components/ui/cn.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { ApprovalState } from "#lib/engine/unit.ts";

interface ApprovalIconProps {
  state: ApprovalState;
  className?: string;
}

/** The icon of a standing, beside its words. Waiting for people is no machine at work: nothing turns. */
export function ApprovalIcon({ state, className }: ApprovalIconProps) {
  if (state === "pending")
    return <Hourglass aria-hidden className={cn("size-4 shrink-0 text-running", className)} />;
  const look = APPROVAL_LOOKS[state];
  if (look.state === null) return null;
  return <StateIcon state={look.state} label={null} {...(className !== undefined && { className })} />;
}
