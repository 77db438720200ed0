"use client";

import { UnitApprovalSection } from "#components/approvals/unit-approval-section.tsx";
import { JobLink } from "#components/copy/job-link.tsx";
import { TablesOfMove } from "#components/copy/tables-panel.tsx";
import { Freshness } from "#components/live/freshness.tsx";
import { AttemptsList } from "#components/migrations/attempts-list.tsx";
import { AttestationsPanel } from "#components/migrations/attestations-panel.tsx";
import { ConfigurationPanel, InstructionsPanel } from "#components/migrations/configuration-panel.tsx";
import { FindingsList } from "#components/migrations/findings-list.tsx";
import { isByHand, ManualPanel } from "#components/migrations/manual-panel.tsx";
import { NewFilesPanel } from "#components/migrations/new-files-panel.tsx";
import type { MigrationActions } from "#components/migrations/migration-actions.ts";
import { OperationsPanel } from "#components/migrations/operations-panel.tsx";
import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { Section } from "#components/migrations/section.tsx";
import { SmokeTestForm } from "#components/migrations/smoke-test-form.tsx";
import { StepAction } from "#components/migrations/step-action.tsx";
import { StepHeading } from "#components/migrations/step-heading.tsx";
import { StopProofPanel } from "#components/migrations/stop-proof-panel.tsx";
import { countWords } from "#components/migrations/step-words.ts";
import { UncertainPanel } from "#components/migrations/uncertain-panel.tsx";
import { UndoPanel } from "#components/migrations/undo-panel.tsx";
import type { LiveState } from "#components/migrations/use-migration-live.ts";
import { WatchPanel } from "#components/migrations/watch-panel.tsx";
import { ProofChain } from "#components/timestamps/proof-chain.tsx";
import { Card } from "#components/ui/card.tsx";
import { LIVE_INTERVAL_MS } from "#lib/migrations/queries.ts";
import type { ApprovalSummary, BreakGlassOffer } from "#lib/approvals/schema.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";
import type { MigrationView, StepView } from "#lib/migrations/schema.ts";

interface StepBodyProps {
  view: MigrationView;
  step: StepView;
  state: LiveState;
  requests: readonly ApprovalSummary[];
  offers: readonly BreakGlassOffer[];
  actions: MigrationActions;
}

export const FORBIDDEN = "You need the operator role on this environment to do this.";

/** One step from its purpose to its button. The current one is live; the others show what was recorded. */
export function StepBody(body: StepBodyProps) {
  const { view, step, state, actions } = body;
  const open = view.state === "open" || view.state === "watching";
  const current = open && step.id === view.currentStep;
  const live = current ? state.live : null;
  const seen = { migrationId: view.id, stepId: step.id, seenVersion: view.version };
  const forbidden = view.canOperate ? null : FORBIDDEN;
  const props = { ...body, seen, forbidden, current };
  return (
    <Card aria-label={step.title} className="flex flex-col gap-8 px-4 pt-4">
      <StepHeading step={step} of={view.steps.length} />
      {step.state === "uncertain" && (
        <UncertainPanel
          seen={seen}
          settle={actions.settle}
          forbiddenBecause={forbidden}
          byHand={isByHand(step)}
        />
      )}
      <ProofChain
        chain={live?.proof ?? view.proof}
        title={view.state === "done" ? "Proof" : "Proof so far"}
      />
      {step.kind === "operator" && <Inputs {...props} />}
      <Checked {...props} />
      {step.kind !== "operator" && <Inputs {...props} />}
      <Means {...props} />
      <Approval {...props} />
      {step.job !== null && step.attempts.length > 0 && <JobLink migrationId={view.id} step={step} />}
      {step.attempts.length > 0 && (
        <Section title="Attempts">
          <AttemptsList attempts={step.attempts} />
        </Section>
      )}
      <Ending {...props} />
    </Card>
  );
}

/* The steps of a move that decide on tables. */
const TABLES_AT = new Set(["assess", "backups", "set-up"]);

interface PartProps extends StepBodyProps {
  seen: { migrationId: string; stepId: string; seenVersion: number };
  forbidden: string | null;
  current: boolean;
}

/** What was found, now or when the step was done, and the values that it rests on. */
function Checked({ view, step, state, current }: PartProps) {
  const findings = (current ? state.live?.findings : undefined) ?? step.findings;
  const readings = (current ? state.live?.readings : undefined) ?? step.readings;
  const proof = (current ? state.live?.stopProof : undefined) ?? view.stopProof;
  return (
    <>
      {current && view.watch !== null && (
        <Section title="The watch">
          <WatchPanel watch={view.watch} />
        </Section>
      )}
      {(current || findings.length > 0) && (
        <Section
          title={current ? "Checked now" : "Checked then"}
          aside={
            <span className="flex flex-wrap items-center gap-x-4 text-sm text-ink-muted">
              {findings.length > 0 && countWords(findings)}
              {current && (
                <Freshness
                  readAt={state.readAt}
                  intervalMs={LIVE_INTERVAL_MS}
                  failure={state.failure}
                  fetching={state.fetching}
                />
              )}
            </span>
          }
        >
          {current && state.live === null && findings.length === 0 ? (
            <p className="text-sm text-ink-muted">The systems are being read.</p>
          ) : (
            <FindingsList findings={findings} stale={current && state.stale} />
          )}
        </Section>
      )}
      {view.steps.some(({ job }) => job === "copy") && TABLES_AT.has(step.id) && (
        <TablesOfMove
          migrationId={view.id}
          version={view.version}
          first={step.irreversible ? "lost" : "all"}
        />
      )}
      {readings.length > 0 && (
        <Section title="Readings">
          <ReadingsGrid readings={readings} {...(current && { intervalMs: LIVE_INTERVAL_MS })} />
        </Section>
      )}
      {current && proof.watching && proof.sources.length > 0 && (
        <StopProofPanel
          proof={proof}
          intervalMs={LIVE_INTERVAL_MS}
          expanded={step.inputs.includes("attestations") && proof.level !== "proven"}
        />
      )}
    </>
  );
}

/** What only a person can give: declarations, files, the smoke test. */
function Inputs({ step, seen, actions, forbidden, current, state }: PartProps) {
  const attestations = (current ? state.live?.attestations : undefined) ?? step.attestations;
  const blocked = current ? forbidden : "This is not the current step.";
  return (
    <>
      {attestations.length > 0 && (
        <Section title="To attest">
          <AttestationsPanel
            attestations={attestations}
            seen={seen}
            attest={actions.attest}
            blockedBecause={blocked}
          />
        </Section>
      )}
      {step.instructions.length > 0 && (
        <Section
          title={
            step.inputs.includes("configuration")
              ? "What to change"
              : "If a node has only lost its timelock block"
          }
        >
          <div className="flex flex-col gap-4">
            <InstructionsPanel instructions={step.instructions} />
            {step.configurationGuide !== null && <NewFilesPanel guide={step.configurationGuide} />}
          </div>
        </Section>
      )}
      {step.configurations.length > 0 && (
        <Section title="Files of each node">
          <ConfigurationPanel
            configurations={step.configurations}
            seen={seen}
            submit={actions.submitConfiguration}
            blockedBecause={blocked}
          />
        </Section>
      )}
      {current && step.inputs.includes("smoke-test") && (
        <Section title="Smoke test">
          <SmokeTestForm seen={seen} record={actions.recordSmokeTest} blockedBecause={blocked} />
        </Section>
      )}
    </>
  );
}

/** What will be done to which system, and the way to do it by hand. */
function Means({ step, seen, actions, forbidden, current }: PartProps) {
  return (
    <>
      {step.operations.length > 0 && !(step.state === "done" && step.attempts.length > 0) && (
        <Section title={step.state === "done" ? "What was done" : "What will be done"}>
          <OperationsPanel operations={step.operations} />
        </Section>
      )}
      {(current || (step.state === "uncertain" && isByHand(step))) && step.manual && (
        <ManualPanel step={step} seen={seen} paste={actions.pasteOutput} blockedBecause={forbidden} />
      )}
    </>
  );
}

/** Who must agree to the unit of this act; nothing where the policy asks nobody. */
function Approval({ view, step, state, requests, offers, actions, forbidden }: PartProps) {
  const approval = liveApproval(step, state);
  if (approval === null || approval.status.state === "not-needed") return null;
  if (view.state !== "open" || step.state === "done") return null;
  return (
    <UnitApprovalSection
      approval={approval}
      migration={view}
      request={requests.find(({ id }) => id === approval.requestId) ?? null}
      offer={offers.find(({ unit }) => unit === approval.unit) ?? null}
      actions={actions.approvals}
      blockedBecause={forbidden}
    />
  );
}

function liveApproval(step: StepView, state: LiveState): UnitApproval | null {
  if (step.approval === null) return null;
  const { unit } = step.approval;
  return state.live?.approvals.find((one) => one.unit === unit) ?? step.approval;
}

/** The button of the current step; undo of a finished one; nothing for one to come. */
function Ending({ view, step, seen, actions, forbidden, current, state }: PartProps) {
  if (current && step.state === "current") {
    return (
      <StepAction
        step={step}
        seen={seen}
        actions={actions}
        blockedBecause={state.blockedBecause}
        reading={state.live === null && state.failure === null}
        forbiddenBecause={forbidden}
        approval={liveApproval(step, state)}
      />
    );
  }
  const open = view.state === "open" || view.state === "watching";
  return (
    <div className="-mx-4 border-t border-line px-4 py-3">
      {open && (step.state === "done" || step.state === "skipped") ? (
        <UndoPanel step={step} seen={seen} undo={actions.undoStep} blockedBecause={forbidden} />
      ) : (
        <p className="text-sm text-ink-muted">
          <span className="font-medium text-ink">Undo: </span>
          {step.undo.text}
        </p>
      )}
    </div>
  );
}
