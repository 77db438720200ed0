import { CodeBlock } from "#components/ui/code-block.tsx";

/** How to have one more, on this machine or another. */
export function AddWorker() {
  return (
    <details className="min-w-0">
      <summary className="w-fit text-sm text-accent underline underline-offset-2">Add a worker</summary>
      <div className="mt-2 flex flex-col gap-2">
        <p className="text-sm text-ink-muted">
          On any machine that reaches this console’s database and both stores, in a copy of this version of
          Lockstep. It needs nothing else, takes work by itself, and may be stopped at any time.
        </p>
        <CodeBlock
          label="Start a worker"
          code={'DATABASE_URL="$DATABASE_URL" LOCKSTEP_SECRET_KEY="$LOCKSTEP_SECRET_KEY" npm run worker'}
        />
      </div>
    </details>
  );
}
