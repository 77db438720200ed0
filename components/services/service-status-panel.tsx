"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { syncClock } from "#components/live/clock.tsx";
import { Freshness, useStale } from "#components/live/freshness.tsx";
import { LiveRegion } from "#components/live/live-region.tsx";
import { FindingsList } from "#components/migrations/findings-list.tsx";
import { ReadingsGrid } from "#components/migrations/readings-grid.tsx";
import { SERVICE_STATE_WORDS, STATUS_LOOK } from "#components/services/service-state-words.ts";
import { ProofChain } from "#components/timestamps/proof-chain.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { cn } from "#components/ui/cn.ts";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { STATE_LOOK, StateIcon } from "#components/ui/state-mark.tsx";
import { serviceStatusQuery, STATUS_INTERVAL_MS } from "#lib/inventory/queries.ts";
import type { ServiceStatus } from "#lib/inventory/schema.ts";

/** Answers, live: where do this service's timestamps come from, what are they now, and is that healthy. */
export function ServiceStatusPanel({ serviceId }: { serviceId: string }) {
  const { data, error, isFetching } = useQuery(serviceStatusQuery(serviceId));
  useEffect(() => {
    if (data !== undefined) syncClock(data.at);
  }, [data]);
  return (
    <section aria-label="Timestamps now" className="flex flex-col gap-4">
      {error !== null && (
        <Callout state="warning" title="Live values cannot be read">
          {error.message}{" "}
          {data === undefined ? "Nothing is known until they can." : "The last ones stay, with their age."}
        </Callout>
      )}
      {data === undefined ? (
        error === null && <Skeleton className="h-40" />
      ) : (
        <Status status={data} failure={error?.message ?? null} fetching={isFetching} />
      )}
    </section>
  );
}

interface StatusProps {
  status: ServiceStatus;
  failure: string | null;
  fetching: boolean;
}

function Status({ status, failure, fetching }: StatusProps) {
  const stale = useStale(status.at, STATUS_INTERVAL_MS);
  const chained = status.proof.terms.length > 1;
  const inChain = new Set(chained ? status.proof.terms.map(({ id }) => id) : []);
  const others = status.readings.filter(({ key }) => !inChain.has(key));
  const freshness = (
    <Freshness
      readAt={status.at}
      intervalMs={STATUS_INTERVAL_MS}
      failure={failure}
      fetching={fetching}
      verb="read"
    />
  );
  return (
    <>
      <LiveRegion text={status.title} />
      <Verdict status={status} stale={stale} />
      <Card aria-label="Values">
        <CardHeader
          title="What the systems say"
          description="Read from the systems themselves. Nothing is allocated by looking."
          actions={freshness}
        />
        <CardBody className="flex flex-col gap-6">
          {chained && (
            <ProofChain chain={status.proof} title="Order of the values" intervalMs={STATUS_INTERVAL_MS} />
          )}
          {others.length > 0 && <ReadingsGrid readings={others} intervalMs={STATUS_INTERVAL_MS} />}
          {status.findings.length > 0 && <FindingsList findings={status.findings} stale={stale} />}
        </CardBody>
      </Card>
    </>
  );
}

function Verdict({ status, stale }: { status: ServiceStatus; stale: boolean }) {
  const state = STATUS_LOOK[status.level];
  const look = STATE_LOOK[state];
  return (
    <div
      className={cn(
        "flex gap-3 rounded-lg border px-4 py-4 transition-[filter] duration-150",
        look.soft,
        stale && "grayscale",
      )}
    >
      <StateIcon state={state} className="mt-0.5 size-5" label={SERVICE_STATE_WORDS[status.state]} />
      <div className="min-w-0">
        <p className={cn("text-lg font-semibold", look.text)}>{status.title}</p>
        <p className="mt-1 max-w-prose text-base text-ink">{status.detail}</p>
        {status.remedy !== null && (
          <p className="mt-1 max-w-prose text-base text-ink">
            <span className="font-medium">Next: </span>
            {status.remedy}
          </p>
        )}
      </div>
    </div>
  );
}
