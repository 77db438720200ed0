"use client";

import { Pause, Play, RotateCcw } from "lucide-react";
import { useState } from "react";

import { kindWords } from "#components/copy/copy-words.ts";
import type { CopyControl } from "#components/copy/use-copy-control.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface CopyControlsProps {
  view: CopyView;
  control: CopyControl;
}

/** Pause, go on, try again, cancel: what each of them costs stands beside it, before it is pressed. */
export function CopyControls({ view, control }: CopyControlsProps) {
  const [cancelling, setCancelling] = useState(false);
  const { ask, pending, failure, blockedBecause } = control;
  if (view.stepId === null || view.state === "complete" || view.state === "cancelled") return null;
  const { noun } = kindWords(view.kind);
  return (
    <div className="-mx-4 flex flex-col gap-3 border-t border-line px-4 pt-4">
      {!cancelling && <ActionFailureCallout failure={failure} />}
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="flex flex-wrap gap-2 max-sm:w-full max-sm:flex-col">
          {view.shards.failed > 0 && (
            <Button
              variant="primary"
              pending={pending}
              blockedBecause={blockedBecause}
              onClick={() => ask({ wanted: "run", retryFailed: true })}
            >
              <RotateCcw aria-hidden />
              Try {view.shards.failed === 1 ? "the failed range" : `${view.shards.failed} failed ranges`}{" "}
              again
            </Button>
          )}
          {(view.state !== "failed" || view.control.wanted === "pause") && (
            <PauseOrResume view={view} control={control} />
          )}
          <Button
            variant="ghost"
            blockedBecause={pending ? null : blockedBecause}
            onClick={() => setCancelling(true)}
          >
            Cancel the {noun}…
          </Button>
        </div>
        <PauseCost view={view} />
      </div>
      <ConfirmDialog
        open={cancelling}
        onOpenChange={(open) => {
          control.clear();
          setCancelling(open);
        }}
        title={`Cancel the ${noun}`}
        cancel="Let it go on"
        irreversible
        pending={pending}
        error={failure?.message ?? null}
        blockedBecause={blockedBecause}
        onConfirm={() => ask({ wanted: "cancel" }, () => setCancelling(false))}
        description={<CancelMeans view={view} />}
      />
    </div>
  );
}

function PauseOrResume({ view, control }: CopyControlsProps) {
  const { noun } = kindWords(view.kind);
  const { ask, pending, blockedBecause } = control;
  if (view.control.wanted === "pause") {
    return (
      <Button
        variant="primary"
        pending={pending}
        blockedBecause={blockedBecause}
        onClick={() => ask({ wanted: "run" })}
      >
        <Play aria-hidden />
        Resume the {noun}
      </Button>
    );
  }
  return (
    <Button pending={pending} blockedBecause={blockedBecause} onClick={() => ask({ wanted: "pause" })}>
      <Pause aria-hidden />
      Pause the {noun}
    </Button>
  );
}

function PauseCost({ view }: { view: CopyView }) {
  const paused = view.control.wanted === "pause";
  if (view.pauseCost.length === 0) return null;
  return (
    <div className="min-w-0 grow basis-72 text-sm text-ink-muted">
      <p className="font-medium text-ink">{paused ? "While it is paused" : "What a pause costs"}</p>
      <ul className="list-disc pl-4 marker:text-ink-faint">
        {view.pauseCost.map((line) => (
          <li key={line} className="wrap-anywhere">
            {line}
          </li>
        ))}
      </ul>
    </div>
  );
}

function CancelMeans({ view: { kind } }: { view: CopyView }) {
  if (kind === "compare") {
    return (
      <div className="flex flex-col gap-2">
        <p>This comparison ends for good and proves nothing. Both stores stay as they are; it only reads.</p>
        <p>Next: run the step again. A new comparison begins from the first cell.</p>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <p>
        This copy ends for good and cannot be resumed. To stop for a while, pause it instead: nothing is lost
        by that.
      </p>
      <p>
        The source is untouched. The destination keeps what was copied so far: it is readable, incomplete, and
        no client may ever start on it.
      </p>
      <p>Next: start the move over on its page. That is a new plan with new approvals, a new S and C.</p>
    </div>
  );
}
