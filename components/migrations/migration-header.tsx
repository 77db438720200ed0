"use client";

import { Ellipsis, KeyRound } from "lucide-react";
import { useState } from "react";

import { useNow } from "#components/live/clock.tsx";
import { Freshness } from "#components/live/freshness.tsx";
import { Time } from "#components/live/time.tsx";
import { AbandonDialog } from "#components/migrations/abandon-dialog.tsx";
import type { MigrationActions } from "#components/migrations/migration-actions.ts";
import { StopLevel } from "#components/migrations/stop-proof-panel.tsx";
import { finishedSteps } from "#components/migrations/step-words.ts";
import type { LiveState } from "#components/migrations/use-migration-live.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { DropdownMenu, MenuDownload, MenuItem, MenuLink } from "#components/ui/dropdown-menu.tsx";
import { LIVE_INTERVAL_MS } from "#lib/migrations/queries.ts";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface MigrationHeaderProps {
  view: MigrationView;
  state: LiveState;
  actions: MigrationActions;
}

/** What is migrated, on which plan, how far, who holds it, and whether clients are stopped. */
export function MigrationHeader({ view, state, actions }: MigrationHeaderProps) {
  const [abandoning, setAbandoning] = useState(false);
  const proof = state.live?.stopProof ?? view.stopProof;
  const open = view.state === "open" || view.state === "watching";
  return (
    <header className="mb-6 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="min-w-0 grow text-xl font-semibold tracking-tight text-balance text-ink">
          {view.service.name} <span className="font-normal text-ink-faint">·</span> {view.runbookTitle}
        </h1>
        <span className="flex items-center gap-1 text-sm text-ink-muted">
          plan
          <code title={view.planHash} className="font-mono text-ink">
            {shortHash(view.planHash)}
          </code>
          <CopyButton text={view.planHash} label="Copy plan hash" />
          <span className="tabular">v{view.version}</span>
        </span>
        {open && (
          <DropdownMenu
            trigger={
              <Button variant="ghost" size="icon" aria-label="More about this migration">
                <Ellipsis aria-hidden />
              </Button>
            }
          >
            <MenuLink href={`/audit?migration=${view.id}`}>Read its audit log</MenuLink>
            <MenuDownload href={`/api/migrations/${view.id}/paper-runbook`}>
              Download the paper runbook
            </MenuDownload>
            <MenuItem destructive onSelect={() => setAbandoning(true)}>
              Abandon…
            </MenuItem>
          </DropdownMenu>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-sm text-ink-muted">
        <span>
          Started <Time at={view.startedAt} /> by {view.startedBy}
        </span>
        <span className="tabular">
          {finishedSteps(view.steps)} of {view.steps.length} steps
        </span>
        {view.lease !== null && <Lease lease={view.lease} />}
        {proof.watching && <StopLevel level={proof.level}>clients stopped: {proof.level}</StopLevel>}
        {open && (
          <Freshness
            readAt={state.readAt}
            intervalMs={LIVE_INTERVAL_MS}
            failure={state.failure}
            fetching={state.fetching}
          />
        )}
      </div>
      <AbandonDialog view={view} open={abandoning} onOpenChange={setAbandoning} abandon={actions.abandon} />
    </header>
  );
}

function Lease({ lease }: { lease: NonNullable<MigrationView["lease"]> }) {
  const over = Date.parse(lease.expiresAt) <= useNow();
  return (
    <span className="inline-flex items-center gap-1.5">
      <KeyRound aria-hidden className="size-3.5" />
      {lease.mine ? "lease held here" : `lease held by ${lease.holder}`}
      {over ? (
        ", run out"
      ) : (
        <>
          , until <Time at={lease.expiresAt} mode="time-of-day" />
        </>
      )}
    </span>
  );
}

function shortHash(hash: string): string {
  return `${hash.slice(0, 6)}…${hash.slice(-3)}`;
}
