import { CircleCheck, CircleDashed, OctagonX, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { peopleWords } from "#components/approvals/approval-words.ts";
import { Time } from "#components/live/time.tsx";
import { Section } from "#components/migrations/section.tsx";
import { cn } from "#components/ui/cn.ts";
import type { ApprovalRequestDto, DecisionDto } from "#lib/approvals/schema.ts";

/** Who decided, whose word counts now, whose does not and why, and how many are still missing. */
export function DecisionsPanel({ request }: { request: ApprovalRequestDto }) {
  const { decisions, rule, status } = request;
  const waiting = status.state === "pending" ? status.missing : 0;
  return (
    <Section title="Who decides">
      <p className="text-ink-muted">
        Asked are {peopleWords(rule.people)}: {rule.who}. One rejection ends the request.
        {rule.secondFactor && " Approving takes a second factor."}
      </p>
      <ol className="mt-3 flex flex-col gap-2.5">
        {decisions.map((decision) => (
          <Decision key={`${decision.personId} ${decision.at}`} decision={decision} />
        ))}
        {Array.from({ length: waiting }, (_, index) => (
          <Row key={`open ${index}`} icon={CircleDashed} tone="text-ink-faint">
            <p className="text-ink-muted">not decided yet</p>
          </Row>
        ))}
      </ol>
    </Section>
  );
}

function Decision({ decision }: { decision: DecisionDto }) {
  const approved = decision.decision === "approve";
  const [icon, tone] = approved
    ? [decision.counts ? CircleCheck : CircleDashed, decision.counts ? "text-pass" : "text-warning"]
    : [OctagonX, "text-blocked"];
  return (
    <Row icon={icon} tone={tone}>
      <p className="text-ink">
        <span className="font-medium">{decision.by}</span> {approved ? "approved" : "rejected"},{" "}
        <Time at={decision.at} mode="absolute" className="text-ink-muted" />
      </p>
      {decision.reason !== "" && <p className="break-words text-ink">“{decision.reason}”</p>}
      {approved && !decision.counts && (
        <p className="text-warning">
          <span className="font-medium">Does not count.</span> {decision.because}
        </p>
      )}
    </Row>
  );
}

interface RowProps {
  icon: LucideIcon;
  tone: string;
  children: ReactNode;
}

function Row({ icon: Icon, tone, children }: RowProps) {
  return (
    <li className="flex gap-2.5">
      <Icon aria-hidden className={cn("mt-0.5 size-4.5 shrink-0", tone)} />
      <div className="min-w-0">{children}</div>
    </li>
  );
}
