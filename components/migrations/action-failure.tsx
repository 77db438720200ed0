import type { ActionFailure } from "#components/live/use-action.ts";
import { Callout } from "#components/ui/callout.tsx";

/** Why an action was refused, where it was asked for. What was typed is still there. */
export function ActionFailureCallout({ failure }: { failure: ActionFailure | null }) {
  if (failure === null) return null;
  return (
    <Callout state={hasMoved(failure) || failure.code === "unreachable" ? "warning" : "blocked"}>
      {failure.message}
      {hasMoved(failure) && " The page now shows the new state; what you typed is kept."}
    </Callout>
  );
}

/** The same in a dialog over a migration's page, which stays as it was while a dialog is open. */
export function failureInDialog(failure: ActionFailure | null): string | null {
  if (failure === null) return null;
  return hasMoved(failure)
    ? `${failure.message} Close this dialog to see the new state; a reason that you typed is kept.`
    : failure.message;
}

function hasMoved({ code }: ActionFailure): boolean {
  return code === "stale" || code === "conflict";
}
