"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { Freshness } from "#components/live/freshness.tsx";
import { FaultList } from "#components/sandbox/fault-list.tsx";
import { ResetSandbox } from "#components/sandbox/reset-sandbox.tsx";
import { ServiceCard } from "#components/sandbox/service-card.tsx";
import { StoreTable } from "#components/sandbox/store-table.tsx";
import { TimelockNodes } from "#components/sandbox/timelock-nodes.tsx";
import { type SendCommand, useSandboxCommand } from "#components/sandbox/use-sandbox-command.ts";
import { Callout } from "#components/ui/callout.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { SANDBOX_INTERVAL_MS, sandboxQuery } from "#lib/rehearsal/queries.ts";
import type { SandboxView } from "#lib/rehearsal/schema.ts";

interface SandboxLabProps {
  command: SendCommand;
}

/** The whole lab, live: what runs, what it holds, and everything that can be done to it. */
export function SandboxLab({ command }: SandboxLabProps) {
  const { data, error, isFetching } = useQuery(sandboxQuery());
  if (data === undefined) {
    if (error === null) return <LabSkeleton />;
    return (
      <ErrorState title="The sandbox cannot be shown">
        {error.message} Nothing outside the sandbox is affected.
      </ErrorState>
    );
  }
  if (data.status === null) {
    return <Callout state="warning">{data.problem ?? "The sandbox does not answer."}</Callout>;
  }
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Freshness
          readAt={data.status.at}
          intervalMs={SANDBOX_INTERVAL_MS}
          failure={error?.message ?? null}
          fetching={isFetching}
        />
        {!data.canOperate && (
          <span className="text-sm text-ink-muted">
            You can look. Giving orders needs the role operator in {data.environment.name}.
          </span>
        )}
      </div>
      <LabSections view={data} status={data.status} command={command} />
    </div>
  );
}

interface LabSectionsProps {
  view: SandboxView;
  status: NonNullable<SandboxView["status"]>;
  command: SendCommand;
}

function LabSections({ view, status, command }: LabSectionsProps) {
  const orders = useSandboxCommand(command);
  const blockedBecause = view.canOperate
    ? null
    : `Giving orders needs the role operator in ${view.environment.name}.`;
  return (
    <>
      <section aria-labelledby="services" className="flex flex-col gap-3">
        <h2 id="services" className="text-lg font-semibold text-ink">
          Services
        </h2>
        <p className="max-w-prose text-sm text-ink-muted">
          Each commits every {status.transactionIntervalMs / 1000} s and punches every{" "}
          {status.punchIntervalMs / 1000} s (a real one punches every 60 s). Moving one of them is an ordinary
          migration: begin at{" "}
          <Link href={`/services?environment=${view.environment.id}`} className="underline">
            their pages
          </Link>
          .
        </p>
        <div className="grid gap-4 lg:grid-cols-3">
          {status.services.map((service) => (
            <ServiceCard key={service.id} service={service} orders={orders} blockedBecause={blockedBecause} />
          ))}
        </div>
      </section>
      <StoreTable stores={status.stores} readAt={status.at} />
      <div className="grid gap-6 lg:grid-cols-2">
        <TimelockNodes status={status} orders={orders} blockedBecause={blockedBecause} />
        <FaultList faults={status.faults} orders={orders} blockedBecause={blockedBecause} />
      </div>
      <ResetSandbox orders={orders} blockedBecause={blockedBecause} />
    </>
  );
}

function LabSkeleton() {
  return (
    <div role="status" className="grid gap-4 lg:grid-cols-3">
      <span className="sr-only">Reading the sandbox</span>
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
      <Skeleton className="h-64" />
    </div>
  );
}
