"use client";

import Link from "next/link";
import type { ReactNode } from "react";

import { CopyControls } from "#components/copy/copy-controls.tsx";
import { CopyProgress } from "#components/copy/copy-progress.tsx";
import { CopyTables } from "#components/copy/copy-tables.tsx";
import { CopyWorkers } from "#components/copy/copy-workers.tsx";
import { kindWords } from "#components/copy/copy-words.ts";
import { DifferencesPanel } from "#components/copy/differences-panel.tsx";
import { ErrorsPanel } from "#components/copy/errors-panel.tsx";
import { LanesPanel } from "#components/copy/lanes-panel.tsx";
import { NextStep } from "#components/copy/next-step.tsx";
import { RateChart } from "#components/copy/rate-chart.tsx";
import { SpeedForm } from "#components/copy/speed-form.tsx";
import { useCopyControl } from "#components/copy/use-copy-control.ts";
import { isOver, useCopyLive, type CopyLive } from "#components/copy/use-copy-live.ts";
import { Freshness } from "#components/live/freshness.tsx";
import { LiveRegion } from "#components/live/live-region.tsx";
import { Time } from "#components/live/time.tsx";
import type { Action } from "#components/live/use-action.ts";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { cn } from "#components/ui/cn.ts";
import { Card } from "#components/ui/card.tsx";
import { COPY_INTERVAL_MS } from "#lib/migrations/queries.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface CopyScreenProps {
  view: CopyView;
  /** "orders" */
  service: string;
  /** "orders-old into orders-new" */
  stores: string;
  control: Action;
}

/** A copy or comparison: how far, how fast, what limits it, when it will end, and whether it is correct. */
export function CopyScreen({ view: rendered, service, stores, control: action }: CopyScreenProps) {
  const live = useCopyLive(rendered);
  const { view, stale } = live;
  const control = useCopyControl(view, action, live.refetch, stale);
  const over = isOver(view);
  return (
    <div className="flex flex-col gap-4">
      <CopyHeader live={live} service={service} stores={stores} />
      <LiveRegion text={view.headline} />
      {live.failure !== null && stale && (
        <Callout state="warning" title="How it stands now is not known here">
          {live.failure} What is below is the last that was read. The workers go on without this page.
        </Callout>
      )}
      <NextStep view={view} />
      <div className={cn("flex flex-col gap-4 transition-[filter] duration-150", stale && "grayscale")}>
        <Card aria-label="Progress" className="flex flex-col gap-4 p-4">
          <CopyProgress view={view} stale={stale} />
          <CopyControls view={view} control={control} />
        </Card>
        {view.kind === "compare" && view.differences.found > 0 && (
          <Panel label="Differences">
            <DifferencesPanel migrationId={view.migrationId} differences={view.differences} />
          </Panel>
        )}
        {view.shards.failed > 0 && (
          <Panel label="Errors">
            <ErrorsPanel view={view} />
          </Panel>
        )}
        <Panel label="Rate">
          <RateChart view={view} />
        </Panel>
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
          <Panel label="Tables">
            <CopyTables view={view} />
          </Panel>
          <div className="flex min-w-0 flex-col gap-4">
            {!over && (
              <Panel label="Lanes and speed">
                <LanesPanel view={view} />
                <SpeedForm view={view} control={control} />
              </Panel>
            )}
            {view.shards.failed === 0 && (
              <Panel label="Errors">
                <ErrorsPanel view={view} />
              </Panel>
            )}
            <Panel label="Workers">
              <CopyWorkers view={view} />
            </Panel>
          </div>
        </div>
      </div>
    </div>
  );
}

function Panel({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Card aria-label={label} className="flex flex-col gap-6 p-4">
      {children}
    </Card>
  );
}

interface CopyHeaderProps {
  live: CopyLive;
  service: string;
  stores: string;
}

function CopyHeader({ live: { view, failure, fetching }, service, stores }: CopyHeaderProps) {
  const { noun } = kindWords(view.kind);
  return (
    <header className="flex flex-col gap-2">
      <h1 className="min-w-0 text-xl font-semibold tracking-tight text-balance text-ink">
        {service} <span className="font-normal text-ink-faint">·</span>{" "}
        {noun.charAt(0).toUpperCase() + noun.slice(1)}
        {view.round > 1 && ` ${view.round}`}
      </h1>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-sm text-ink-muted">
        <span className="wrap-anywhere">{stores}</span>
        <span className="flex items-center gap-1.5">
          at S <TimestampValue value={view.start} label="S" />
        </span>
        {view.startedAt !== null && (
          <span>
            begun <Time at={view.startedAt} mode="absolute" />
          </span>
        )}
        {!isOver(view) && (
          <Freshness
            readAt={view.readAt}
            intervalMs={COPY_INTERVAL_MS}
            failure={failure}
            fetching={fetching}
          />
        )}
        <Link
          href={`/migrations/${view.migrationId}`}
          className="text-accent underline underline-offset-2 sm:ml-auto"
        >
          Back to the migration
        </Link>
      </div>
    </header>
  );
}
