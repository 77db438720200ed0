import { Hand } from "lucide-react";

import { Time } from "#components/live/time.tsx";
import { StateBadge, type State } from "#components/ui/state-mark.tsx";
import type { AttemptView } from "#lib/migrations/schema.ts";

const ATTEMPT_LOOKS: Record<AttemptView["state"], { state: State; words: string }> = {
  intended: { state: "running", words: "under way" },
  done: { state: "pass", words: "done" },
  failed: { state: "blocked", words: "failed" },
  uncertain: { state: "unknown", words: "outcome unknown" },
  "not-applied": { state: "warning", words: "not applied" },
};

/** How an attempt looks; one whose state this build does not know is unknown, never fine. */
export function attemptLook(state: string): { state: State; words: string } {
  const known = Object.entries(ATTEMPT_LOOKS).find(([name]) => name === state);
  return known?.[1] ?? { state: "unknown", words: state };
}

/** Every try of a step, the newest first; none is ever overwritten. */
export function AttemptsList({ attempts }: { attempts: readonly AttemptView[] }) {
  return (
    <ol className="flex flex-col gap-3">
      {attempts
        .toSorted((a, b) => b.number - a.number)
        .map((attempt) => (
          <li key={attempt.id} className="flex flex-col gap-0.5">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="tabular text-sm font-medium text-ink">Attempt {attempt.number}</span>
              <StateBadge state={ATTEMPT_LOOKS[attempt.state].state}>
                {ATTEMPT_LOOKS[attempt.state].words}
              </StateBadge>
              {attempt.manual && (
                <span className="inline-flex items-center gap-1 text-sm text-ink-muted">
                  <Hand aria-hidden className="size-3.5" />
                  by hand
                </span>
              )}
              <span className="text-sm text-ink-faint">
                {attempt.by}, <Time at={attempt.startedAt} />
              </span>
            </div>
            <p className="text-sm break-words text-ink-muted">{attempt.operation}</p>
            {attempt.outcome !== null && <p className="text-sm break-words text-ink">{attempt.outcome}</p>}
          </li>
        ))}
    </ol>
  );
}
