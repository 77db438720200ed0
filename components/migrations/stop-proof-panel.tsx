import {
  Activity,
  ChevronRight,
  CircleCheck,
  CircleHelp,
  CirclePause,
  PenLine,
  type LucideIcon,
} from "lucide-react";

import { Age } from "#components/live/age.tsx";
import { Time } from "#components/live/time.tsx";
import { cn } from "#components/ui/cn.ts";
import type { StopProof } from "#lib/migrations/schema.ts";

type Level = StopProof["level"];

interface Look {
  icon: LucideIcon;
  text: string;
  frame: string;
}

/* Five words of one meaning each: quiet and attested are not proof, so neither is green. */
const LOOKS: Record<Level, Look> = {
  proven: { icon: CircleCheck, text: "text-pass", frame: "border-pass-line bg-pass-soft" },
  quiet: { icon: CirclePause, text: "text-running", frame: "border-running-line bg-running-soft" },
  attested: { icon: PenLine, text: "text-ink-muted", frame: "border-line-strong/60 bg-sunken" },
  unknown: { icon: CircleHelp, text: "text-unknown", frame: "border-unknown-line bg-unknown-soft" },
  moving: { icon: Activity, text: "text-blocked", frame: "border-blocked-line bg-blocked-soft" },
};

/** How far "clients are stopped" is known, in one word with its icon. */
export function StopLevel({ level, children }: { level: Level; children?: React.ReactNode }) {
  const look = LOOKS[level];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 rounded-md border px-1.5 py-0.5 text-sm font-medium",
        look.text,
        look.frame,
      )}
    >
      <look.icon aria-hidden className="size-3.5 shrink-0" />
      {children ?? level}
    </span>
  );
}

interface StopProofPanelProps {
  proof: StopProof;
  intervalMs: number;
  /** Where stopping is the step itself; elsewhere a line sums it up until something moves. */
  expanded: boolean;
}

/** Each source of knowledge about stopped clients, and what it can prove. */
export function StopProofPanel({ proof, intervalMs, expanded }: StopProofPanelProps) {
  return (
    <details className="group min-w-0" open={expanded || proof.level === "moving"}>
      <summary className="mb-2 flex list-none flex-wrap items-center gap-x-3 gap-y-1 rounded-md">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        <h3 className="text-base font-semibold text-ink">Clients are stopped</h3>
        <StopLevel level={proof.level} />
        <span className="min-w-0 text-sm text-ink-muted">{proof.summary}</span>
      </summary>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line bg-surface">
        {proof.sources.map((source) => (
          <li
            key={source.id}
            className="grid grid-cols-[6.5rem_1fr] items-start gap-x-3 gap-y-0.5 px-3 py-2 max-sm:grid-cols-1"
          >
            <span>
              <StopLevel level={source.level} />
            </span>
            <div className="min-w-0">
              <p className="text-base font-medium text-ink">{source.label}</p>
              <p className="text-sm break-words text-ink-muted">{source.detail}</p>
              <p className="flex flex-wrap gap-x-3 text-xs text-ink-faint">
                {source.since !== null && (
                  <span>
                    so since <Time at={source.since} />
                  </span>
                )}
                {source.readAt !== null && (
                  <span>
                    read <Age readAt={source.readAt} {...(proof.watching && { intervalMs })} />
                  </span>
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
