import { ChevronRight } from "lucide-react";

import { byUrgency, LEVEL_STATES } from "#components/migrations/step-words.ts";
import { cn } from "#components/ui/cn.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { FindingView } from "#lib/migrations/schema.ts";

interface FindingsListProps {
  findings: readonly FindingView[];
  /** Too old to act on: the findings stay and lose their colour. */
  stale?: boolean;
}

/* More passes than this are summed up, so that what needs eyes is seen first. */
const PASSES_SHOWN_MAX = 8;

/** Outcomes of checks, what blocks first; each says what to do about it. */
export function FindingsList({ findings, stale = false }: FindingsListProps) {
  if (findings.length === 0)
    return <p className="text-sm text-ink-faint">Nothing is checked at this step.</p>;
  const passes = findings.filter((finding) => finding.level === "pass");
  const folded = passes.length > PASSES_SHOWN_MAX;
  const shown = folded ? findings.filter((finding) => finding.level !== "pass") : findings;
  return (
    <div className={cn("flex flex-col gap-2 transition-[filter] duration-150", stale && "grayscale")}>
      {shown.length > 0 && <Findings findings={byUrgency(shown)} />}
      {folded && (
        <details className="group">
          <summary className="flex min-h-6 list-none items-center gap-2.5 rounded-md">
            <StateIcon state="pass" />
            <span className="text-base text-ink">{passes.length} checks pass</span>
            <ChevronRight
              aria-hidden
              className="size-4 text-ink-faint transition-transform group-open:rotate-90"
            />
          </summary>
          <div className="mt-2 border-l-2 border-pass-line pl-4">
            <Findings findings={passes} />
          </div>
        </details>
      )}
    </div>
  );
}

function Findings({ findings }: { findings: readonly FindingView[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {findings.map((finding) => (
        <li key={finding.id} className="flex gap-2.5">
          <StateIcon state={LEVEL_STATES[finding.level]} className="mt-0.75" />
          <div className="min-w-0">
            <p className={cn("text-base wrap-anywhere text-ink", finding.level !== "pass" && "font-medium")}>
              {finding.title}
            </p>
            {finding.detail !== null && (
              <p className="text-sm wrap-anywhere text-ink-muted">{finding.detail}</p>
            )}
            {finding.remedy !== null && (
              <p className="text-sm wrap-anywhere text-ink">
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
