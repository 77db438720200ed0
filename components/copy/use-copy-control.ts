"use client";

import { useRef } from "react";

import { useAction, type Action, type ActionFailure } from "#components/live/use-action.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";

export const FORBIDDEN = "You need the operator role on this environment to do this.";

const STALE = "What this page shows is too old to act on. It goes on as soon as the console answers.";

export interface CopyWish {
  readonly wanted?: CopyView["control"]["wanted"];
  readonly lanes?: number;
  readonly cellsPerSecondMax?: number | null;
  readonly bytesPerSecondMax?: number | null;
  readonly retryFailed?: boolean;
}

export interface CopyControl {
  /** Asks for a change; everything that is not named stays as it is. */
  readonly ask: (wish: CopyWish, onDone?: () => void) => void;
  readonly pending: boolean;
  readonly failure: ActionFailure | null;
  readonly clear: () => void;
  /** Why nothing can be asked of the run; null when something can. */
  readonly blockedBecause: string | null;
}

/** What a person asks of the run that the page shows. Afterwards it is read again at once. */
export function useCopyControl(
  view: CopyView,
  action: Action,
  refetch: () => void,
  stale: boolean,
): CopyControl {
  const after = useRef<(() => void) | undefined>(undefined);
  const { run, pending, failure, clear } = useAction(action, () => {
    after.current?.();
    refetch();
  });
  return {
    ask: (wish, onDone) => {
      after.current = onDone;
      run({
        migrationId: view.migrationId,
        stepId: view.stepId ?? "",
        seenVersion: view.version,
        ...view.control,
        retryFailed: false,
        ...wish,
      });
    },
    pending,
    failure,
    clear,
    blockedBecause: blockedBecause(view) ?? (stale ? STALE : null),
  };
}

function blockedBecause({ canOperate, stepId, kind }: CopyView): string | null {
  if (!canOperate) return FORBIDDEN;
  if (stepId !== null) return null;
  return kind === "copy" ? "This copy is over." : "This comparison is over.";
}
