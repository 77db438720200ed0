import { minutesWords } from "#components/approvals/approval-words.ts";
import { Time } from "#components/live/time.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

const MINUTE_MS = 60_000;

/** The two clocks as times: until when people may decide, and until when what they allowed may be done. */
export function ApprovalClocks({ request }: { request: ApprovalRequestDto }) {
  const { rule, requestedAt, status } = request;
  const decideBy = new Date(Date.parse(requestedAt) + rule.requestMinutes * MINUTE_MS).toISOString();
  const executable = status.state === "approved" || status.state === "broken-glass";
  return (
    <KeyValues
      columns={2}
      items={[
        {
          label: "To be decided by",
          value: <Clock at={decideBy} over={status.state === "expired-request"} />,
        },
        {
          label: "To be executed by",
          value:
            executable && status.until !== null ? (
              <Clock at={status.until} over={false} />
            ) : (
              <span className="text-ink-muted">{executionWords(request)}</span>
            ),
        },
      ]}
    />
  );
}

function executionWords({ rule, status, consumedAt }: ApprovalRequestDto): string {
  if (status.state === "expired-execution") return "over: it was not executed in time";
  if (consumedAt !== null) return "used by its effect";
  if (status.state === "pending") return `${minutesWords(rule.executionMinutes)} from the last approval`;
  return "not running";
}

function Clock({ at, over }: { at: string; over: boolean }) {
  return (
    <span className="tabular">
      <Time at={at} mode="absolute" /> <span className="text-ink-muted">(</span>
      <Time at={at} className={over ? "text-warning" : "text-ink-muted"} />
      <span className="text-ink-muted">)</span>
    </span>
  );
}
