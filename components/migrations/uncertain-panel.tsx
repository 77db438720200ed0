"use client";

import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

interface UncertainPanelProps {
  seen: { migrationId: string; stepId: string; seenVersion: number };
  settle: Action;
  forbiddenBecause: string | null;
  /** The store is worked on by hand, so the attempt waits for what a person does and pastes. */
  byHand: boolean;
}

/** An effect whose outcome is unknown: it is settled by reading, never by doing it again. */
export function UncertainPanel({ seen, settle, forbiddenBecause, byHand }: UncertainPanelProps) {
  const { run, pending, failure } = useAction(settle);
  if (byHand)
    return (
      <Callout state="unknown" title="This waits for what is done by hand">
        Lockstep never connects to this store. Run the command below and paste all that it prints: that says
        whether it took effect. Run it once only, unless a later reading shows that nothing was changed.
      </Callout>
    );
  return (
    <div className="flex flex-col gap-3">
      <Callout
        state="unknown"
        title="It is not known whether this took effect"
        actions={
          <Button
            variant="primary"
            pending={pending}
            blockedBecause={forbiddenBecause}
            onClick={() => run(seen)}
          >
            Read the system again
          </Button>
        }
      >
        The answer was lost. Nothing is repeated until the system itself was read again: then the step is
        done, or it was not applied and may be tried once more.
      </Callout>
      <ActionFailureCallout failure={failure} />
    </div>
  );
}
