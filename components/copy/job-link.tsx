import { LinkButton } from "#components/ui/link-button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { StepView } from "#lib/migrations/schema.ts";

interface JobLinkProps {
  migrationId: string;
  step: Pick<StepView, "job" | "state">;
}

/** Leads to the page of what a step started and workers go on with. */
export function JobLink({ migrationId, step: { job, state } }: JobLinkProps) {
  const isCopy = job === "copy";
  const goesOn = state === "running" || state === "uncertain";
  const href = `/migrations/${migrationId}/${isCopy ? "copy" : "comparison"}`;
  const words = isCopy ? "Go to the copy" : "Go to the comparison";
  if (!goesOn) {
    return (
      <p>
        <LinkButton href={href}>{words}</LinkButton>
      </p>
    );
  }
  return (
    <Callout
      state="running"
      live={false}
      title={isCopy ? "The workers copy" : "The workers compare"}
      actions={
        <LinkButton href={href} variant="primary">
          {words}
        </LinkButton>
      }
    >
      This page may be closed: the step is finished as soon as all of it is done. How far it is, what limits
      it, and how to pause it is on a page of its own.
    </Callout>
  );
}
