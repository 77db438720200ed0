import { OperationsPanel } from "#components/migrations/operations-panel.tsx";
import { Section } from "#components/migrations/section.tsx";
import { LateBoundValues } from "#components/approvals/late-bound-values.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { ApprovalRequestDto, ApprovalStepDto } from "#lib/approvals/schema.ts";

/** What is allowed, and nothing else: targets, operations in order with their commands, conditions, values that come later. */
export function ChangesPanel({ request }: { request: ApprovalRequestDto }) {
  const { targets, steps, lateBound } = request;
  return (
    <Card aria-labelledby="what-changes" className="flex flex-col gap-6 p-4">
      <h2 id="what-changes" className="text-lg font-semibold">
        What changes
      </h2>
      <Section title="Targets">
        <KeyValues items={targets} columns={2} />
      </Section>
      <ol className="flex flex-col gap-6">
        {steps.map((step) => (
          <li key={step.id} className="border-t border-line pt-4">
            <PlannedStep step={step} />
          </li>
        ))}
      </ol>
      {lateBound.length > 0 && (
        <div className="border-t border-line pt-4">
          <Section title="Values that are taken later">
            <LateBoundValues values={lateBound} />
          </Section>
        </div>
      )}
    </Card>
  );
}

function PlannedStep({ step }: { step: ApprovalStepDto }) {
  return (
    <section aria-label={step.title} className="flex min-w-0 flex-col gap-4">
      <header>
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <span aria-hidden className="tabular text-base text-ink-faint">
            {step.number}
          </span>
          <h3 className="text-base font-semibold text-ink">{step.title}</h3>
          {step.irreversible && (
            <Badge tone="outline" className="border-warning-line bg-warning-soft text-warning">
              irreversible
            </Badge>
          )}
          {step.done && <Badge>done</Badge>}
        </div>
        <p className="mt-1 max-w-prose text-ink-muted">{step.purpose}</p>
      </header>
      <OperationsPanel operations={step.operations} />
      {step.conditions.length > 0 && (
        <div>
          <h4 className="text-sm font-medium text-ink">
            Read anew at that moment, and judged before anything is done
          </h4>
          <ul className="mt-1 flex list-disc flex-col gap-0.5 pl-5 text-ink-muted marker:text-ink-faint">
            {step.conditions.map((condition) => (
              <li key={condition}>{condition}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="text-sm text-ink-muted">
        <span className="font-medium text-ink">Undo: </span>
        {step.undo.text}
      </p>
    </section>
  );
}
