import { Time } from "#components/live/time.tsx";
import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { cn } from "#components/ui/cn.ts";
import { StateBadge, type State } from "#components/ui/state-mark.tsx";
import type { IndependentReadingDto } from "#lib/approvals/schema.ts";

type Compared = IndependentReadingDto["values"][number];

const VERDICTS: Record<Compared["verdict"], { state: State; words: string }> = {
  same: { state: "pass", words: "agrees" },
  differs: { state: "blocked", words: "differs" },
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
              <span className="text-sm text-ink-faint">
                {value.elsewhere ? "through another node" : "through the same node"}
              </span>
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
  const sides = [
    ...(requested === null ? [] : [{ ...requested, key: "requested", label: "When it was asked" }]),
    { ...independent, key: "independent", label: `Read by ${by}` },
  ];
  return <ReadingsGrid readings={sides} />;
}
