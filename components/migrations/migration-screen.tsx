"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useRef } from "react";

import { ApprovalsOverview } from "#components/approvals/approvals-overview.tsx";
import { GlassBanner } from "#components/approvals/glass-banner.tsx";
import { NewPlanNotice } from "#components/approvals/new-plan-notice.tsx";
import { StartsBanner } from "#components/freeze/starts-banner.tsx";
import { LiveRegion } from "#components/live/live-region.tsx";
import { IncidentCard } from "#components/migrations/incident-card.tsx";
import type { MigrationActions } from "#components/migrations/migration-actions.ts";
import { MigrationHeader } from "#components/migrations/migration-header.tsx";
import { OutcomePanel } from "#components/migrations/outcome-panel.tsx";
import { StartOver } from "#components/migrations/start-over.tsx";
import { FORBIDDEN, StepBody } from "#components/migrations/step-body.tsx";
import { STEP_HEADING_ID } from "#components/migrations/step-heading.tsx";
import { Stepper, StepperLine } from "#components/migrations/stepper.tsx";
import { shownStep, STEP_STATE_WORDS } from "#components/migrations/step-words.ts";
import { Timeline } from "#components/migrations/timeline.tsx";
import {
  type LiveState,
  useMigrationLive,
  useViewWhileAsking,
} from "#components/migrations/use-migration-live.ts";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { ApprovalSummary, BreakGlassOffer } from "#lib/approvals/schema.ts";
import { useToast } from "#components/ui/toaster.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface MigrationScreenProps {
  view: MigrationView;
  /** The approval requests of this migration, as the person who looks may see them. */
  requests: readonly ApprovalSummary[];
  offers: readonly BreakGlassOffer[];
  actions: MigrationActions;
}

/** One migration: what the next step is, whether it is safe right now, and what happens when it is pressed. */
export function MigrationScreen({ view: newest, requests, offers, actions }: MigrationScreenProps) {
  const view = useViewWhileAsking(newest);
  const state = useMigrationLive(view);
  const step = shownStep(view, useSearchParams().get("step") ?? undefined);
  const href = `/migrations/${view.id}`;
  const ended = view.state === "done" || view.state === "abandoned";
  useNextStep(view);
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
            {view.state === "open" && (
              <ApprovalsOverview approvals={state.live?.approvals ?? view.approvals} migrationHref={href} />
            )}
            <Timeline entries={view.timeline} auditHref={`/audit?migration=${view.id}`} />
          </div>
        </aside>
        <div className="flex min-w-0 flex-col gap-4">
          <Notices view={view} state={state} actions={actions} />
          {view.incidents.map((incident) => (
            <IncidentCard
              key={incident.id}
              incident={incident}
              migration={view}
              close={actions.closeIncident}
            />
          ))}
          {ended && <OutcomePanel view={view} />}
          <StepBody
            key={step.id}
            view={view}
            step={step}
            state={state}
            requests={requests}
            offers={offers}
            actions={actions}
          />
        </div>
      </div>
    </>
  );
}

interface NoticesProps {
  view: MigrationView;
  state: LiveState;
  actions: MigrationActions;
}

/** What stands over the whole migration: nothing new starts, another plan, glass that was broken. */
function Notices({ view, state, actions }: NoticesProps) {
  return (
    <>
      {view.state === "open" && (
        <StartsBanner environment={view.environment} status={state.live?.starts ?? view.starts} />
      )}
      {view.state === "open" && view.newPlan !== null && (
        <NewPlanNotice
          migration={view}
          newPlan={view.newPlan}
          replan={actions.replan}
          blockedBecause={view.canOperate ? null : FORBIDDEN}
        />
      )}
      {view.startsOver && view.newPlan === null && (
        <StartOver
          migration={view}
          replan={actions.replan}
          blockedBecause={view.canOperate ? null : FORBIDDEN}
        />
      )}
      {view.brokenGlass.map((mark) => (
        <GlassBanner key={mark.id} mark={mark} approvals={view.approvals} />
      ))}
    </>
  );
}

/**
 * When the migration moves on, by us or by somebody else, the page says so. The finished step takes its button with it: the
 * heading of the next one gets the focus, so that nobody is lost.
 */
function useNextStep(view: MigrationView): void {
  const { toast } = useToast();
  const last = useRef(view.currentStep);
  useEffect(() => {
    const before = view.steps.find((step) => step.id === last.current);
    const next = view.steps.find((step) => step.id === view.currentStep);
    if (last.current === view.currentStep) return;
    last.current = view.currentStep;
    if (before !== undefined && next !== undefined && next.number > before.number)
      toast(`“${before.title}” is ${before.state}. Next: ${next.title}.`);
    if (
      document.activeElement !== document.body &&
      document.activeElement?.closest("[role=alertdialog]") === null
    )
      return;
    document.getElementById(STEP_HEADING_ID)?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [toast, view]);
}
