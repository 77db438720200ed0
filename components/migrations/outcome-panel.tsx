import { Callout } from "#components/ui/callout.tsx";
import { Time } from "#components/live/time.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

/** The end of a migration in words, with what was not observed by the console itself. */
export function OutcomePanel({ view }: { view: MigrationView }) {
  if (view.state === "abandoned") {
    return (
      <Callout state="warning" title="This migration was abandoned" live={false}>
        <p>Nothing was undone. It left behind:</p>
        <ul className="list-disc pl-5">
          {view.abandon.leavesBehind.map((thing) => (
            <li key={thing}>{thing}</li>
          ))}
          {view.abandon.leavesBehind.length === 0 && <li>nothing</li>}
        </ul>
      </Callout>
    );
  }
  const told = view.proof.terms.filter((term) => term.provenance !== "observed");
  const finishedAt = view.steps.map((step) => step.finishedAt).findLast((at) => at !== null);
  return (
    <Callout state="pass" title={`${view.service.name}: ${view.runbookTitle} is done`} live={false}>
      {finishedAt !== undefined && finishedAt !== null && (
        <p>
          Finished <Time at={finishedAt} mode="absolute" />, started{" "}
          <Time at={view.startedAt} mode="absolute" />.
        </p>
      )}
      <p>
        {told.length === 0
          ? "Every term of the proof was read by Lockstep itself."
          : `${told.map((term) => term.label).join(", ")}: not read by Lockstep itself, as the proof says beside each.`}
      </p>
    </Callout>
  );
}
