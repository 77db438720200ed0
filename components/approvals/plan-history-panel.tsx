import { DifferencesTable } from "#components/approvals/differences-table.tsx";
import { PlanHash } from "#components/approvals/plan-hash.tsx";
import { Time } from "#components/live/time.tsx";
import { Section } from "#components/migrations/section.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

/** The plan was changed after this was asked: nothing that was decided counts, and the page shows what differs. */
export function ChangedPlanNotice({ request }: { request: ApprovalRequestDto }) {
  if (request.changedSince.length === 0 && request.currentPlanHash === request.planHash) return null;
  return (
    <section aria-label="The plan has changed" className="flex flex-col gap-3">
      <Callout state="blocked" title="The plan has changed since this was asked">
        <p>
          What was decided here covers the old plan alone and does not count any more. Ask again on the new
          one.
        </p>
        <p className="mt-1 flex flex-wrap gap-x-4">
          <PlanHash hash={request.planHash} label="asked for plan" />
          <PlanHash hash={request.currentPlanHash} label="plan now" />
        </p>
      </Callout>
      {request.changedSince.length > 0 && (
        <DifferencesTable
          label="What changed since it was asked"
          before="When it was asked"
          after="Now"
          differences={request.changedSince}
        />
      )}
    </section>
  );
}

/** What is new against the plan that people last approved for this service. */
export function LastApprovedPanel({ request }: { request: ApprovalRequestDto }) {
  const { lastApproved, service, runbookTitle } = request;
  if (lastApproved === null) {
    return (
      <Section title="Differences from the last approved plan">
        <p className="text-ink-muted">
          None was approved before for “{runbookTitle}” of {service.name}: there is nothing to compare with.
        </p>
      </Section>
    );
  }
  return (
    <Section
      title="Differences from the last approved plan"
      aside={
        <span className="flex flex-wrap items-center gap-x-3 text-sm text-ink-muted">
          <PlanHash hash={lastApproved.planHash} label="last approved plan" />
          <span>
            approved <Time at={lastApproved.approvedAt} />
          </span>
        </span>
      }
    >
      {lastApproved.differences.length === 0 ? (
        <p className="flex items-center gap-2 text-ink">
          <StateIcon state="pass" label={null} />
          It is the same plan, field by field.
        </p>
      ) : (
        <DifferencesTable
          label="Differences from the last approved plan"
          before="Last approved"
          after="This plan"
          differences={lastApproved.differences}
        />
      )}
    </Section>
  );
}
