"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { IndependentReadings } from "#components/approvals/independent-readings.tsx";
import { syncClock } from "#components/live/clock.tsx";
import { Freshness, useStale } from "#components/live/freshness.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { FindingsList } from "#components/migrations/findings-list.tsx";
import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { Section } from "#components/migrations/section.tsx";
import { countWords } from "#components/migrations/step-words.ts";
import { StopLevel } from "#components/migrations/stop-proof-panel.tsx";
import { ProofChain } from "#components/timestamps/proof-chain.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";
import { LIVE_AGE_MS_MAX, LIVE_INTERVAL_MS, migrationLiveQuery } from "#lib/migrations/queries.ts";

interface EvidencePanelProps {
  request: ApprovalRequestDto;
  readIndependently: Action;
  /** The migration is open, so that its systems are still read. */
  watch: boolean;
}

/** Why it is safe now: what the systems say at this moment, what they said when it was asked, and what the approver reads alone. */
export function EvidencePanel({ request, readIndependently, watch }: EvidencePanelProps) {
  return (
    <Card aria-labelledby="why-safe" className="flex flex-col gap-6 p-4">
      <h2 id="why-safe" className="text-lg font-semibold">
        Why it is safe now
      </h2>
      {watch && <LiveEvidence migrationId={request.migrationId} />}
      <Section title="Read when it was asked">
        {request.readings.length === 0 ? (
          <p className="text-ink-muted">
            Nothing had been read yet. Read the values yourself before you decide.
          </p>
        ) : (
          <ReadingsGrid readings={request.readings} />
        )}
      </Section>
      <ReadAgain request={request} readIndependently={readIndependently} />
    </Card>
  );
}

function LiveEvidence({ migrationId }: { migrationId: string }) {
  const { data, error, isFetching } = useQuery(migrationLiveQuery(migrationId, 0, true));
  const stale = useStale(data?.at ?? null, LIVE_AGE_MS_MAX / 2);
  useEffect(() => {
    if (data !== undefined) syncClock(data.at);
  }, [data]);
  const freshness = (
    <Freshness
      readAt={data?.at ?? null}
      intervalMs={LIVE_INTERVAL_MS}
      failure={error === null ? null : error.message}
      fetching={isFetching}
    />
  );
  if (data === undefined) {
    return (
      <Section title="Read now" aside={freshness}>
        <p className="text-ink-muted">The systems are being read.</p>
      </Section>
    );
  }
  return (
    <>
      <ProofChain chain={data.proof} title="Proof so far" />
      <Section
        title="Checked now"
        aside={
          <span className="flex flex-wrap items-center gap-x-4 text-sm text-ink-muted">
            {data.findings.length > 0 && countWords(data.findings)}
            {freshness}
          </span>
        }
      >
        {data.stopProof.watching && (
          <p className="mb-2">
            <StopLevel level={data.stopProof.level}>clients stopped: {data.stopProof.level}</StopLevel>
          </p>
        )}
        <FindingsList findings={data.findings} stale={stale} />
      </Section>
    </>
  );
}

function ReadAgain({
  request,
  readIndependently,
}: Pick<EvidencePanelProps, "request" | "readIndependently">) {
  const { run, pending, failure } = useAction(readIndependently);
  const { readIndependently: offer, independent } = request;
  return (
    <Section
      title="Read by the approvers themselves"
      aside={
        <Button
          pending={pending}
          blockedBecause={offer.possible ? null : offer.because}
          onClick={() => run({ requestId: request.id })}
        >
          Read again myself
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <ActionFailureCallout failure={failure} />
        {independent.length === 0 ? (
          <p className="text-ink-muted">
            Nobody has. The button reads the critical values from the systems for you, through another node
            where there is one. Both readings are kept with the request.
          </p>
        ) : (
          independent.map((reading) => <IndependentReadings key={reading.id} reading={reading} />)
        )}
      </div>
    </Section>
  );
}
