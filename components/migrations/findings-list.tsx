import { byUrgency, LEVEL_STATES } from "#components/migrations/step-words.ts";
import { cn } from "#components/ui/cn.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { FindingView } from "#lib/migrations/schema.ts";

interface FindingsListProps {
  findings: readonly FindingView[];
  /** Too old to act on: the findings stay and lose their colour. */
  stale?: boolean;
}

/** Outcomes of checks, what blocks first; each says what to do about it. */
export function FindingsList({ findings, stale = false }: FindingsListProps) {
  if (findings.length === 0)
    return <p className="text-sm text-ink-faint">Nothing is checked at this step.</p>;
  return (
    <ul className={cn("flex flex-col gap-2 transition-[filter] duration-150", stale && "grayscale")}>
      {byUrgency(findings).map((finding) => (
        <li key={finding.id} className="flex gap-2.5">
          <StateIcon state={LEVEL_STATES[finding.level]} className="mt-0.75" />
          <div className="min-w-0">
            <p className={cn("text-base", finding.level === "pass" ? "text-ink" : "font-medium text-ink")}>
              {finding.title}
            </p>
            {finding.detail !== null && (
              <p className="text-sm break-words text-ink-muted">{finding.detail}</p>
            )}
            {finding.remedy !== null && (
              <p className="text-sm break-words text-ink">
                <span className="font-medium">Next: </span>
                {finding.remedy}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
