import { PreviewApprovals } from "#components/approvals/preview-approvals.tsx";
import { TablesPanel } from "#components/copy/tables-panel.tsx";
import { Freshness } from "#components/live/freshness.tsx";
import { InstructionsPanel } from "#components/migrations/configuration-panel.tsx";
import { FindingsList } from "#components/migrations/findings-list.tsx";
import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { Section } from "#components/migrations/section.tsx";
import { countWords, KIND_WORDS } from "#components/migrations/step-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Callout } from "#components/ui/callout.tsx";
import type { MigrationPreview } from "#lib/migrations/schema.ts";

interface PreviewPanelProps {
  preview: MigrationPreview;
  readAt: string;
}

/* Long enough to read the findings; opening reads everything again in any case. */
const PREVIEW_INTERVAL_MS = 60_000;

/** What would be found and done, before anything is created. */
export function PreviewPanel({ preview, readAt }: PreviewPanelProps) {
  return (
    <div className="flex flex-col gap-6">
      {preview.advice.map((advice) => (
        <Callout key={advice} state="note" title="Consider this first" live={false}>
          {advice}
        </Callout>
      ))}
      {preview.instructions.length > 0 && (
        <Section title="If a node has only lost its timelock block">
          <p className="mb-3 max-w-prose text-sm text-ink-muted">
            Put it back as written here and restart the node. Then nothing has to be migrated.
          </p>
          <InstructionsPanel instructions={preview.instructions} />
        </Section>
      )}
      {preview.blockedBecause !== null && (
        <Callout state="blocked" title="This migration cannot be opened now">
          {preview.blockedBecause}
        </Callout>
      )}
      <Section
        title="Findings"
        aside={
          <span className="flex flex-wrap items-center gap-x-4 text-sm text-ink-muted">
            {countWords(preview.findings)}
            <Freshness readAt={readAt} intervalMs={PREVIEW_INTERVAL_MS} verb="read" />
          </span>
        }
      >
        <FindingsList findings={preview.findings} />
      </Section>
      {preview.tables !== null && <TablesPanel tables={preview.tables} />}
      {preview.readings.length > 0 && (
        <Section title="Readings">
          <ReadingsGrid readings={preview.readings} />
        </Section>
      )}
      <Section title="Whose approval it needs">
        <PreviewApprovals approvals={preview.approvals} />
      </Section>
      <Section
        title="The plan"
        aside={<code className="font-mono text-xs break-all text-ink-faint">{preview.planHash}</code>}
      >
        <ol className="flex flex-col divide-y divide-line rounded-lg border border-line">
          {preview.steps.map((step) => (
            <li key={step.id} className="flex gap-3 px-3 py-2">
              <span className="tabular w-5 shrink-0 text-right text-base text-ink-faint">{step.number}</span>
              <div className="min-w-0">
                <p className="flex flex-wrap items-center gap-2 text-base font-medium text-ink">
                  {step.title}
                  <Badge>{KIND_WORDS[step.kind]}</Badge>
                  {step.irreversible && (
                    <Badge tone="outline" className="border-warning-line bg-warning-soft text-warning">
                      irreversible
                    </Badge>
                  )}
                </p>
                <p className="max-w-prose text-sm text-ink-muted">{step.purpose}</p>
              </div>
            </li>
          ))}
        </ol>
      </Section>
    </div>
  );
}
