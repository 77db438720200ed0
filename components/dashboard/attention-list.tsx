"use client";

import { useQueries } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import Link from "next/link";

import {
  type AttentionItem,
  attentionItems,
  type WaitingApprovals,
} from "#components/dashboard/attention.ts";
import { LiveRegion } from "#components/live/live-region.tsx";
import { Card } from "#components/ui/card.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import { LIST_INTERVAL_MS, serviceStatusQuery } from "#lib/inventory/queries.ts";
import type { InventoryRef } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface AttentionListProps {
  migrations: readonly MigrationSummary[];
  services: readonly InventoryRef[];
  approvals: WaitingApprovals;
}

/** Answers: is anything waiting for me, or wrong? */
export function AttentionList({ migrations, services, approvals }: AttentionListProps) {
  const results = useQueries({ queries: services.map(({ id }) => serviceStatusQuery(id, LIST_INTERVAL_MS)) });
  const watched = services.map(({ id, name }, index) => ({ id, name, status: results[index]?.data ?? null }));
  const items = attentionItems(migrations, watched, approvals);
  const reading = results.filter(({ data, error }) => data === undefined && error === null).length;
  const failing = results.filter(({ error }) => error !== null).length;
  const summary = summaryWords(items.length, reading, failing);
  return (
    <section aria-labelledby="attention">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="attention" className="text-base font-semibold">
          Needs attention
        </h2>
        {reading > 0 && <span className="text-sm text-ink-faint">reading {reading} services…</span>}
      </div>
      <LiveRegion text={summary} />
      <Card>
        {items.length === 0 ? (
          <Calm reading={reading} failing={failing} summary={summary} />
        ) : (
          <Items items={items} />
        )}
        {items.length > 0 && failing > 0 && (
          <p className="border-t border-line px-4 py-3 text-sm text-warning">
            {failing} services could not be read just now. Their last state stays.
          </p>
        )}
      </Card>
    </section>
  );
}

function summaryWords(items: number, reading: number, failing: number): string {
  if (items > 0) return items === 1 ? "One thing needs attention." : `${items} things need attention.`;
  if (reading > 0) return "Reading the services.";
  return failing > 0
    ? "Some services could not be read, so whether all is well is unknown."
    : "Nothing waits for you, and nothing is wrong.";
}

function Calm({ reading, failing, summary }: { reading: number; failing: number; summary: string }) {
  const state = reading > 0 ? "running" : failing > 0 ? "unknown" : "pass";
  return (
    <p className="flex items-center gap-2.5 px-4 py-4 text-base text-ink">
      <StateIcon state={state} label={null} className="size-5" />
      {summary}
    </p>
  );
}

function Items({ items }: { items: readonly AttentionItem[] }) {
  return (
    <ul className="divide-y divide-line">
      {items.map((item) => (
        <li key={item.key}>
          <Link
            href={item.href}
            className="flex items-start gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover/60"
          >
            <StateIcon state={item.state} className="mt-0.5 size-5" />
            <span className="min-w-0 grow">
              <span className="block font-medium text-ink">{item.title}</span>
              <span className="block break-words text-ink-muted">{item.detail}</span>
            </span>
            <ChevronRight aria-hidden className="mt-1 size-4 shrink-0 text-ink-faint" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
