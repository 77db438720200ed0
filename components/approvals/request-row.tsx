import { ChevronRight } from "lucide-react";
import Link from "next/link";

import { ApprovalStanding, DangerBadge } from "#components/approvals/approval-standing.tsx";
import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Time } from "#components/live/time.tsx";
import type { ApprovalSummary } from "#lib/approvals/schema.ts";

/** One request in a list; the whole line leads to it. */
export function RequestRow({ request }: { request: ApprovalSummary }) {
  const { status, service, runbookTitle } = request;
  const clock = status.state === "pending" ? "decide by" : "execute by";
  return (
    <li className="relative flex items-start gap-3 px-4 py-3 hover:bg-hover/60">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Link
            href={`/approvals/${request.id}`}
            className="font-medium text-ink after:absolute after:inset-0 focus-visible:outline-offset-4"
          >
            {request.unitTitle}
          </Link>
          <DangerBadge danger={request.danger} />
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-muted">
          <span className="text-ink">
            {service.name} · {runbookTitle}
          </span>
          <EnvironmentName environment={request.environment} />
          <span>
            {request.mine ? "asked by you" : `asked by ${request.requestedBy}`},{" "}
            <Time at={request.requestedAt} />
          </span>
          {status.until !== null && (
            <span>
              {clock} <Time at={status.until} mode="absolute" />
            </span>
          )}
        </p>
      </div>
      <ApprovalStanding status={status} />
      <ChevronRight aria-hidden className="mt-1 size-4 shrink-0 text-ink-faint max-sm:hidden" />
    </li>
  );
}
