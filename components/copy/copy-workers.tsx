import Link from "next/link";

import { AddWorker } from "#components/copy/add-worker.tsx";
import { countWords } from "#components/copy/copy-words.ts";
import { Section } from "#components/migrations/section.tsx";
import { StateIcon, type State } from "#components/ui/state-mark.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

type Worker = CopyView["workers"][number];

const LOOKS: Record<Worker["state"], { readonly state: State | null; readonly word: string }> = {
  live: { state: "pass", word: "live" },
  silent: { state: "warning", word: "silent" },
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
          <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
            {view.workers.map((worker) => (
              <WorkerLine key={worker.name} worker={worker} />
            ))}
          </ul>
        )}
        <AddWorker />
      </div>
    </Section>
  );
}

function WorkerLine({ worker }: { worker: Worker }) {
  const look = LOOKS[worker.state];
  return (
    <li className="flex flex-col gap-0.5 px-3 py-2 text-sm">
      <span className="flex flex-wrap items-center justify-between gap-x-3">
        <span className="min-w-0 font-mono wrap-anywhere text-ink">{worker.name}</span>
        <span className="flex items-center gap-1.5 text-ink-muted">
          {look.state !== null && <StateIcon state={look.state} label={null} className="size-3.5" />}
          {look.word}
        </span>
      </span>
      <span className="tabular flex flex-wrap gap-x-3 text-xs text-ink-muted">
        <span>
          {worker.lanes} {worker.lanes === 1 ? "lane" : "lanes"}
        </span>
        <span>{countWords(worker.cellsPerSecond)} cells/s</span>
        <span>{countWords(worker.cells)} cells so far</span>
        {worker.version !== null && <span>version {worker.version}</span>}
      </span>
    </li>
  );
}
