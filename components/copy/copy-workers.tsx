import Link from "next/link";

import { AddWorker } from "#components/copy/add-worker.tsx";
import { countWords } from "#components/copy/copy-words.ts";
import { Section } from "#components/migrations/section.tsx";
import { StateIcon, type State } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

type Worker = CopyView["workers"][number];

const LOOKS: Record<Worker["state"], { readonly state: State | null; readonly word: string }> = {
  live: { state: "pass", word: "live" },
  silent: { state: "warning", word: "silent: its lanes are taken over" },
  ended: { state: null, word: "ended" },
  unknown: { state: "unknown", word: "not on the list of workers" },
};

/** Who works on this run, and how to have more of them. */
export function CopyWorkers({ view }: { view: CopyView }) {
  return (
    <Section
      title="Workers"
      aside={
        <Link href="/workers" className="text-sm text-accent underline underline-offset-2">
          All workers
        </Link>
      }
    >
      <div className="flex flex-col gap-3">
        {view.workers.length === 0 ? (
          <p className="text-sm text-ink-muted">No worker has taken any of it yet.</p>
        ) : (
          <Table label="Workers of this run">
            <TableHead>
              <TableRow>
                <TableHeader>Worker</TableHeader>
                <TableHeader>State</TableHeader>
                <TableHeader numeric>Lanes</TableHeader>
                <TableHeader numeric>Cells/s</TableHeader>
                <TableHeader numeric>Cells</TableHeader>
              </TableRow>
            </TableHead>
            <TableBody>
              {view.workers.map((worker) => (
                <WorkerRow key={worker.name} worker={worker} />
              ))}
            </TableBody>
          </Table>
        )}
        <AddWorker />
      </div>
    </Section>
  );
}

function WorkerRow({ worker }: { worker: Worker }) {
  const look = LOOKS[worker.state];
  return (
    <TableRow>
      <TableCell className="min-w-32">
        <span className="font-mono wrap-anywhere text-ink">{worker.name}</span>
        {worker.version !== null && (
          <span className="block text-xs text-ink-faint">version {worker.version}</span>
        )}
      </TableCell>
      <TableCell>
        <span className="flex items-start gap-1.5">
          {look.state !== null && <StateIcon state={look.state} label={null} className="mt-0.5" />}
          {look.word}
        </span>
      </TableCell>
      <TableCell numeric>{worker.lanes}</TableCell>
      <TableCell numeric>{countWords(worker.cellsPerSecond)}</TableCell>
      <TableCell numeric>{countWords(worker.cells)}</TableCell>
    </TableRow>
  );
}
