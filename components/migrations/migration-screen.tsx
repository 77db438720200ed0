"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useRef } from "react";

import { LiveRegion } from "#components/live/live-region.tsx";
import { IncidentCard } from "#components/migrations/incident-card.tsx";
import type { MigrationActions } from "#components/migrations/migration-actions.ts";
import { MigrationHeader } from "#components/migrations/migration-header.tsx";
import { OutcomePanel } from "#components/migrations/outcome-panel.tsx";
import { StepBody } from "#components/migrations/step-body.tsx";
import { STEP_HEADING_ID } from "#components/migrations/step-heading.tsx";
import { Stepper, StepperLine } from "#components/migrations/stepper.tsx";
import { shownStep, STEP_STATE_WORDS } from "#components/migrations/step-words.ts";
import { Timeline } from "#components/migrations/timeline.tsx";
import { useMigrationLive } from "#components/migrations/use-migration-live.ts";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface MigrationScreenProps {
  view: MigrationView;
  actions: MigrationActions;
}

/** One migration: what the next step is, whether it is safe right now, and what happens when it is pressed. */
export function MigrationScreen({ view, actions }: MigrationScreenProps) {
  const state = useMigrationLive(view);
  const step = shownStep(view, useSearchParams().get("step") ?? undefined);
  const href = `/migrations/${view.id}`;
  const ended = view.state === "done" || view.state === "abandoned";
  useFocusOnNextStep(view.currentStep);
  if (step === undefined) return null;
  return (
    <>
      <MigrationHeader view={view} state={state} actions={actions} />
      <LiveRegion text={`${step.title}: ${STEP_STATE_WORDS[step.state]}`} />
      <div className="flex flex-col gap-4 lg:grid lg:grid-cols-[16rem_minmax(0,1fr)] lg:gap-8">
        <aside aria-label="Steps of this migration" className="flex flex-col gap-8 max-lg:contents">
          <Stepper steps={view.steps} shownId={step.id} href={href} />
          <StepperLine steps={view.steps} shownId={step.id} href={href} />
          <div className="flex flex-col gap-8 max-lg:order-last">
            <section aria-label="Targets">
              <h2 className="mb-2 text-sm font-medium text-ink-muted">Targets</h2>
              <KeyValues items={view.targets} />
            </section>
            <Timeline entries={view.timeline} auditHref={`/audit?migration=${view.id}`} />
          </div>
        </aside>
        <div className="flex min-w-0 flex-col gap-4">
          {view.incidents.map((incident) => (
            <IncidentCard
              key={incident.id}
              incident={incident}
              migration={view}
              close={actions.closeIncident}
            />
          ))}
          {ended && <OutcomePanel view={view} />}
          <StepBody key={step.id} view={view} step={step} state={state} actions={actions} />
        </div>
      </div>
    </>
  );
}

/** A step that is through takes its button with it: the heading of the next one gets the focus, so that nobody is lost. */
function useFocusOnNextStep(currentStep: string | null): void {
  const last = useRef(currentStep);
  useEffect(() => {
    if (last.current === currentStep) return;
    last.current = currentStep;
    if (
      document.activeElement !== document.body &&
      document.activeElement?.closest("[role=alertdialog]") === null
    )
      return;
    document.getElementById(STEP_HEADING_ID)?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [currentStep]);
}
