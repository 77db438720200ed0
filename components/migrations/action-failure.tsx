import type { ActionFailure } from "#components/live/use-action.ts";
import { Callout } from "#components/ui/callout.tsx";

/** Why an action was refused, where it was asked for. What was typed is still there. */
export function ActionFailureCallout({ failure }: { failure: ActionFailure | null }) {
  if (failure === null) return null;
  const moved = failure.code === "stale" || failure.code === "conflict";
  return (
    <Callout state={moved || failure.code === "unreachable" ? "warning" : "blocked"}>
      {failure.message}
      {moved && " The page now shows the new state; what you typed is kept."}
    </Callout>
  );
}
