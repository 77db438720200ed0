"use client";

import { useQuery } from "@tanstack/react-query";

import { bytesWords } from "#components/copy/copy-words.ts";
import { AddWorker } from "#components/copy/add-worker.tsx";
import { Age } from "#components/live/age.tsx";
import { Freshness } from "#components/live/freshness.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { StateIcon, type State } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { workersQuery, WORKERS_INTERVAL_MS } from "#lib/health/queries.ts";
import type { WorkerView } from "#lib/health/schema.ts";

interface WorkersScreenProps {
  workers: readonly WorkerView[];
  /** When they were read for the first look. */
  readAt: string;
}

/** Who works, how loaded it is, and when it was last heard of. */
export function WorkersScreen({ workers: rendered, readAt }: WorkersScreenProps) {
  const { data, error, isFetching, dataUpdatedAt } = useQuery(workersQuery());
  const workers = data ?? rendered;
  const live = workers.filter(({ state }) => state === "live").length;
  return (
    <div className="flex flex-col gap-4">
      {live === 0 && (
        <Callout state="blocked" title="No worker is alive">
          Nothing is copied, watched or sent until one is. Nothing is lost meanwhile. Next: start Lockstep’s
          worker, or add one as described below.
        </Callout>
      )}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-sm text-ink-muted">
        <span>
          {live} {live === 1 ? "worker lives" : "workers live"}; those of the last day are listed
        </span>
        <Freshness
          readAt={dataUpdatedAt === 0 ? readAt : new Date(dataUpdatedAt).toISOString()}
          intervalMs={WORKERS_INTERVAL_MS}
          failure={error?.message ?? null}
          fetching={isFetching}
        />
      </div>
      <WorkersTable workers={workers} />
      <AddWorker />
    </div>
  );
}

const LOOKS: Record<WorkerView["state"], { readonly state: State | null; readonly word: string }> = {
  live: { state: "pass", word: "live" },
  silent: { state: "warning", word: "silent" },
  ended: { state: null, word: "ended" },
};

function WorkersTable({ workers }: { workers: readonly WorkerView[] }) {
  return (
    <Table label="Workers">
      <TableHead>
        <TableRow>
          <TableHeader>Machine and process</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Last heard of</TableHeader>
          <TableHeader>Started</TableHeader>
          <TableHeader>Version</TableHeader>
          <TableHeader numeric>Lanes</TableHeader>
          <TableHeader numeric>Processor</TableHeader>
          <TableHeader numeric>Memory</TableHeader>
          <TableHeader numeric>Worst delay</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {workers.map((worker) => (
          <Row key={worker.id} worker={worker} />
        ))}
        {workers.length === 0 && (
          <TableRow>
            <TableCell colSpan={9} className="text-ink-muted">
              No worker was heard of in the last day.
            </TableCell>
          </TableRow>
        )}
      </TableBody>
    </Table>
  );
}

function Row({ worker }: { worker: WorkerView }) {
  const { host, processId, state, seenAt, startedAt, endedAt, version, lanes } = worker;
  const { cpuPercent, rssBytes, loopLagMs } = worker;
  const look = LOOKS[state];
  const live = state === "live";
  return (
    <TableRow className={live ? "" : "text-ink-muted"}>
      <TableCell className="min-w-40 font-mono wrap-anywhere">
        {host}
        {processId > 0 && <span className="text-ink-muted">, process {processId}</span>}
      </TableCell>
      <TableCell className="whitespace-nowrap">
        <span className="flex items-center gap-1.5">
          {look.state !== null && <StateIcon state={look.state} label={null} />}
          {look.word}
        </span>
      </TableCell>
      <TableCell className="whitespace-nowrap">
        <Age readAt={endedAt ?? seenAt} />
      </TableCell>
      <TableCell className="whitespace-nowrap">
        <Age readAt={startedAt} />
      </TableCell>
      <TableCell>{version ?? "not told"}</TableCell>
      <TableCell numeric>{live ? lanes : "–"}</TableCell>
      <TableCell numeric>{live && cpuPercent !== null ? `${cpuPercent} %` : "–"}</TableCell>
      <TableCell numeric>{live && rssBytes !== null ? bytesWords(rssBytes) : "–"}</TableCell>
      <TableCell numeric>{live && loopLagMs !== null ? `${loopLagMs} ms` : "–"}</TableCell>
    </TableRow>
  );
}
