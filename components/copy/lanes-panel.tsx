import { PART_WORDS } from "#components/copy/copy-words.ts";
import { countWords } from "#components/copy/copy-words.ts";
import { relativeWords } from "#components/live/wording.ts";
import { Section } from "#components/migrations/section.tsx";
import { cn } from "#components/ui/cn.ts";
import { COPY_PARTS, type CopyView } from "#lib/mover/copy-view.ts";

type Lane = CopyView["lanes"][number];
type Waits = NonNullable<Lane["waitingFor"]>;

/* Letters, because colour alone says nothing to everybody. */
const LOOKS: Record<Waits, { readonly letter: string; readonly box: string; readonly bar: string }> = {
  source: { letter: "S", box: "border-running-line bg-running-soft text-running", bar: "bg-running" },
  filter: { letter: "L", box: "border-line-strong/60 bg-sunken text-ink-muted", bar: "bg-line-strong" },
  destination: { letter: "D", box: "border-accent/50 bg-accent-soft text-accent", bar: "bg-accent-solid" },
  throttle: { letter: "T", box: "border-warning-line bg-warning-soft text-warning", bar: "bg-warning" },
  retry: { letter: "R", box: "border-blocked-line bg-blocked-soft text-blocked", bar: "bg-blocked" },
};
const UNKNOWN = "border-dashed border-line-strong/60 text-ink-faint";

/* A lane that has told of nothing for so long is marked. */
const QUIET_MS = 60_000;

/** Every lane as a small square by what it waits for, and the shares of all of them together. */
export function LanesPanel({ view }: { view: CopyView }) {
  const byWorker = Map.groupBy(view.lanes, ({ worker }) => worker);
  const nowMs = Date.parse(view.readAt);
  return (
    <Section
      title="Lanes"
      aside={
        <span className="tabular text-sm text-ink-muted">
          {view.lanes.length} of {view.control.lanes} at work
        </span>
      }
    >
      <div className="flex flex-col gap-4">
        {view.lanes.length === 0 ? (
          <p className="text-sm text-ink-muted">No lane is at work just now.</p>
        ) : (
          <div className="flex flex-col gap-2.5">
            {[...byWorker].map(([worker, lanes]) => (
              <div key={worker} className="min-w-0">
                <p className="mb-1 font-mono text-xs wrap-anywhere text-ink-faint">{worker}</p>
                <ul aria-label={`Lanes of ${worker}`} className="flex flex-wrap gap-1">
                  {lanes.map((lane) => (
                    <LaneBox key={lane.shard} lane={lane} nowMs={nowMs} />
                  ))}
                </ul>
              </div>
            ))}
          </div>
        )}
        <Shares view={view} />
      </div>
    </Section>
  );
}

function LaneBox({ lane, nowMs }: { lane: Lane; nowMs: number }) {
  const look = lane.waitingFor === null ? null : LOOKS[lane.waitingFor];
  const movedMs = Date.parse(lane.movedAt ?? lane.since);
  const isQuiet = nowMs - movedMs > QUIET_MS;
  const words = [
    `${lane.table}, range ${lane.shard + 1}`,
    lane.waitingFor === null ? "nothing told yet" : `waits mostly for ${PART_WORDS[lane.waitingFor]}`,
    ...(lane.cellsPerSecond === null ? [] : [`${countWords(lane.cellsPerSecond)} cells/s`]),
    `${lane.movedAt === null ? "taken" : "last checkpoint"} ${relativeWords(movedMs, nowMs)}`,
  ].join("; ");
  return (
    <li
      title={words}
      className={cn(
        "grid size-6 place-items-center rounded-sm border font-mono text-xs font-medium",
        look?.box ?? UNKNOWN,
        isQuiet && "outline-2 outline-offset-1 outline-warning-line",
      )}
    >
      <span aria-hidden>{look?.letter ?? "·"}</span>
      <span className="sr-only">{words}</span>
    </li>
  );
}

/** Of the lanes' time of the last minute: what limits them. */
function Shares({ view: { shares } }: { view: CopyView }) {
  if (shares === null) return null;
  const parts = COPY_PARTS.map((part) => ({ part, percent: shares[part] ?? 0 }));
  return (
    <div className="flex flex-col gap-2">
      <p className="text-sm text-ink-muted">Where the lanes’ time went, last minute</p>
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken">
        {parts.map(({ part, percent }) => (
          <div key={part} className={LOOKS[part].bar} style={{ width: `${percent}%` }} />
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {parts.map(({ part, percent }) => (
          <li key={part} className="flex items-center gap-1.5 text-ink-muted">
            <span
              aria-hidden
              className={cn(
                "grid size-4 place-items-center rounded-xs border font-mono text-[0.625rem]",
                LOOKS[part].box,
              )}
            >
              {LOOKS[part].letter}
            </span>
            {PART_WORDS[part]} <span className="tabular text-ink">{percent} %</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
