import { Time } from "#components/live/time.tsx";
import { attemptLook } from "#components/migrations/attempts-list.tsx";
import { Section } from "#components/migrations/section.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

/** The attempts that were made under this approval. A lost one may be repeated; the first effect uses the approval up. */
export function UsesPanel({ request: { attempts, consumedAt } }: { request: ApprovalRequestDto }) {
  if (attempts.length === 0) return null;
  return (
    <Section title="Done under this approval">
      <ol className="flex flex-col gap-2">
        {attempts.map((attempt) => (
          <li key={attempt.id} className="flex flex-col gap-0.5">
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <StateBadge state={attemptLook(attempt.state).state}>
                {attemptLook(attempt.state).words}
              </StateBadge>
              <span className="text-sm text-ink-muted">
                {attempt.by}, <Time at={attempt.at} mode="absolute" />
              </span>
            </p>
            {attempt.outcome !== null && <p className="text-sm break-words text-ink">{attempt.outcome}</p>}
          </li>
        ))}
      </ol>
      {consumedAt !== null && (
        <p className="mt-2 text-sm text-ink-muted">
          Used up by its effect <Time at={consumedAt} mode="absolute" />.
        </p>
      )}
    </Section>
  );
}
