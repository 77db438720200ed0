import {
  bytesWords,
  COPY_STATE_LOOKS,
  countWords,
  etaWords,
  kindWords,
  percentOf,
} from "#components/copy/copy-words.ts";
import { ProgressBar } from "#components/copy/progress-bar.tsx";
import { Age } from "#components/live/age.tsx";
import { Time } from "#components/live/time.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { cn } from "#components/ui/cn.ts";
import { KeyValues } from "#components/ui/key-values.tsx";
import { StateBadge, StateIcon } from "#components/ui/state-mark.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface CopyProgressProps {
  view: CopyView;
  stale: boolean;
}

/** How it stands in one line, how much is done by the only count that is exact, and, apart from both, when it may end. */
export function CopyProgress({ view, stale }: CopyProgressProps) {
  const { shards } = view;
  const isCut = shards.total > 0 || view.state === "complete";
  const percent = isCut ? percentOf(shards) : 0;
  const words = isCut
    ? `${countWords(shards.done)} of ${countWords(shards.total)} ranges done`
    : "The tables are not cut into ranges yet";
  const still = shards.failed === 0 ? "" : `, ${countWords(shards.failed)} standing still`;
  return (
    <div className={cn("flex flex-col gap-4", stale && "text-ink-faint")}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <StateWord view={view} />
        <span className={cn("min-w-0 text-lg font-semibold text-balance", !stale && "text-ink")}>
          {view.headline}
        </span>
      </p>
      <div className="flex flex-col gap-1.5">
        <ProgressBar
          label={`Ranges of the ${kindWords(view.kind).noun}`}
          done={shards.done}
          held={shards.held}
          failed={shards.failed}
          total={isCut ? shards.total : 1}
          text={`${words}${still}`}
          isProven={view.differences.found === 0}
          size="big"
          stale={stale}
        />
        <p className="tabular flex flex-wrap justify-between gap-x-4 text-sm text-ink-muted">
          <span>
            {words}
            {still !== "" && <span className="font-medium text-blocked">{still}</span>}
          </span>
          <span>{percent} %</span>
        </p>
      </div>
      <Facts view={view} />
    </div>
  );
}

function StateWord({ view: { state, kind, differences } }: { view: CopyView }) {
  if (kind === "compare" && differences.found > 0) return <StateBadge state="blocked">differs</StateBadge>;
  const look = COPY_STATE_LOOKS[state];
  return look.state === null ? (
    <Badge>{look.word}</Badge>
  ) : (
    <StateBadge state={look.state}>{look.word}</StateBadge>
  );
}

/** Figures beside the bar; what is not known says so. */
function Facts({ view }: { view: CopyView }) {
  const { rate, counts, tableCount, startedAt, endedAt } = view;
  const eta = etaWords(view);
  const words = kindWords(view.kind);
  return (
    <KeyValues
      columns={3}
      className="grid-cols-2 lg:grid-cols-5"
      items={[
        ...(eta === null ? [] : [{ label: "Still to go", value: <Eta view={view} words={eta} /> }]),
        ...(view.endedAt === null
          ? [
              {
                label: "Rate, last minute",
                value:
                  rate === null ? (
                    <span className="text-ink-muted">nothing moved</span>
                  ) : (
                    <span className="tabular">
                      {countWords(rate.cellsPerSecond)} cells/s
                      <span className="block text-sm text-ink-muted">
                        {bytesWords(rate.bytesPerSecond)}/s
                      </span>
                    </span>
                  ),
              },
            ]
          : []),
        {
          label: words.cells,
          value: (
            <span className="tabular">
              {countWords(counts.cells ?? 0)}
              <span className="block text-sm text-ink-muted">{bytesWords(view.bytes)}</span>
            </span>
          ),
        },
        {
          label: "Tables done",
          value: (
            <span className="tabular">{`${countWords(tableCount.done)} of ${countWords(tableCount.total)}`}</span>
          ),
        },
        {
          label: endedAt === null ? "Begun" : "Ended",
          value:
            startedAt === null ? (
              <span className="text-ink-muted">not yet</span>
            ) : endedAt === null ? (
              <Age readAt={startedAt} />
            ) : (
              <Time at={endedAt} mode="absolute" />
            ),
        },
      ]}
    />
  );
}

function Eta({ view, words }: { view: CopyView; words: string }) {
  if (view.eta !== null) return <span className="tabular">{words}</span>;
  return (
    <span className="flex items-start gap-1.5 text-sm text-unknown">
      <StateIcon state="unknown" label={null} className="mt-0.5" />
      {words}
    </span>
  );
}
