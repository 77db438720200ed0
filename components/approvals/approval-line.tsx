import { ChevronRight } from "lucide-react";
import Link from "next/link";

import { ApprovalIcon } from "#components/approvals/approval-icon.tsx";
import { tallyWords } from "#components/approvals/approval-words.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";

/** "Approvals 1 of 2 ▸" beside the button of a step; leads to the request once there is one. */
export function ApprovalLine({ approval }: { approval: UnitApproval }) {
  const words = (
    <>
      <ApprovalIcon state={approval.status.state} className="size-3.5" />
      <span className="tabular">{tallyWords(approval.status)}</span>
    </>
  );
  if (approval.requestId === null)
    return <span className="inline-flex items-center gap-1.5 text-sm text-ink-muted">{words}</span>;
  return (
    <Link
      href={`/approvals/${approval.requestId}`}
      className="inline-flex items-center gap-1.5 rounded-sm text-sm font-medium text-accent hover:underline"
    >
      {words}
      <ChevronRight aria-hidden className="size-3.5" />
    </Link>
  );
}
