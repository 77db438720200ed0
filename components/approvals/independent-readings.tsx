import { Time } from "#components/live/time.tsx";
import { KnownValue } from "#components/migrations/readings-grid.tsx";
import { cn } from "#components/ui/cn.ts";
import { StateBadge, type State } from "#components/ui/state-mark.tsx";
import type { IndependentReadingDto } from "#lib/approvals/schema.ts";
import type { ReadingView } from "#lib/migrations/schema.ts";

type Compared = IndependentReadingDto["values"][number];

/* Bounds grow while clients run, so a difference alone is no verdict: the words beside it say what it means. */
const VERDICTS: Record<Compared["verdict"], { state: State; words: string }> = {
  same: { state: "pass", words: "agrees" },
  differs: { state: "warning", words: "differs" },
  unknown: { state: "unknown", words: "unknown" },
};

/** What one approver read alone, each value beside the one that the request showed. */
export function IndependentReadings({ reading }: { reading: IndependentReadingDto }) {
  return (
    <section aria-label={`Read by ${reading.by}`} className="min-w-0 rounded-md border border-line">
      <p className="border-b border-line bg-sunken px-3 py-1.5 text-sm text-ink-muted">
        <span className="font-medium text-ink">{reading.by}</span>, <Time at={reading.at} mode="absolute" />
      </p>
      <ul className="divide-y divide-line">
        {reading.values.map((value) => (
          <li key={value.key} className="flex flex-col gap-2 px-3 py-3">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-medium text-ink">{value.label}</span>
              <StateBadge state={VERDICTS[value.verdict].state}>{VERDICTS[value.verdict].words}</StateBadge>
              {value.elsewhere ? <span className="text-sm text-ink-faint">through another node</span> : null}
            </div>
            <p className={cn("text-sm", value.verdict === "same" ? "text-ink-muted" : "text-ink")}>
              {value.words}
            </p>
            <SideBySide value={value} by={reading.by} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function SideBySide({ value, by }: { value: Compared; by: string }) {
  const { requested, independent } = value;
  return (
    <>
      <div className="grid grid-cols-2 gap-x-4">
        <Side label="When it was asked" reading={requested} />
        <Side label={`Read by ${by}`} reading={independent} />
      </div>
      <p className="text-xs wrap-anywhere text-ink-faint">{independent.source}</p>
    </>
  );
}

/** Null: it had not been read then, which is neither zero nor the same. */
function Side({ label, reading }: { label: string; reading: ReadingView | null }) {
  return (
    <div className="min-w-0">
      <p className="text-sm text-ink-muted">{label}</p>
      {reading === null && <p className="text-sm text-ink-muted">not read then</p>}
      {reading?.status === "known" && <KnownValue reading={reading} />}
      {reading?.status === "unknown" && (
        <p className="text-sm">
          <span className="font-medium text-unknown">unknown</span>
          {reading.unknownBecause !== null && (
            <span className="text-ink-muted">: {reading.unknownBecause}</span>
          )}
        </p>
      )}
      {reading !== null && (
        <p className="flex flex-wrap gap-x-1.5 text-xs text-ink-faint">
          {reading.node !== null && <span className="font-mono wrap-anywhere">{reading.node}</span>}
          <Time at={reading.readAt} mode="time-of-day" />
        </p>
      )}
    </div>
  );
}
