import { countWords } from "#components/copy/copy-words.ts";
import { Age } from "#components/live/age.tsx";
import { Section } from "#components/migrations/section.tsx";
import { StateIcon, type State } from "#components/ui/state-mark.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

type CopyError = CopyView["errors"][number];

const CLASSES: readonly {
  readonly id: CopyError["class"];
  readonly title: string;
  readonly means: string;
  readonly state: State;
}[] = [
  {
    id: "fatal",
    title: "The whole run stands still",
    means: "Nothing goes on until this is mended and the failed ranges are tried again.",
    state: "blocked",
  },
  {
    id: "poison",
    title: "These ranges stand still",
    means: "All others go on. Mend the cause, then try the failed ranges again.",
    state: "blocked",
  },
  {
    id: "transient",
    title: "Tried again by itself",
    means: "Nothing to do: the lanes wait a little longer each time and go on from their checkpoint.",
    state: "warning",
  },
];

/** What failed, by what it means for the run. */
export function ErrorsPanel({ view }: { view: CopyView }) {
  const classes = CLASSES.map((one) => ({
    ...one,
    errors: view.errors.filter((error) => error.class === one.id),
  })).filter(({ errors }) => errors.length > 0);
  return (
    <Section title="Errors">
      {classes.length === 0 ? (
        <p className="flex items-center gap-2 text-sm text-ink-muted">
          <StateIcon state="pass" label={null} />
          None so far.
        </p>
      ) : (
        <div className="flex flex-col gap-5">
          {classes.map(({ id, title, means, state, errors }) => (
            <section key={id} aria-label={title}>
              <h4 className="flex items-center gap-2 font-medium text-ink">
                <StateIcon state={state} label={null} />
                {title}
              </h4>
              <p className="text-sm text-ink-muted">{means}</p>
              <ul className="mt-2 flex flex-col gap-2.5 border-l-2 border-line pl-3">
                {errors.map((error) => (
                  <ErrorLine key={error.code} error={error} />
                ))}
              </ul>
            </section>
          ))}
          <FailedRanges view={view} />
        </div>
      )}
    </Section>
  );
}

function ErrorLine({ error }: { error: CopyError }) {
  return (
    <li className="min-w-0 text-sm">
      <p className="wrap-anywhere text-ink">{error.message}</p>
      <p className="flex flex-wrap gap-x-3 text-xs text-ink-muted">
        <code className="font-mono">{error.code}</code>
        <span className="tabular">{error.count === 1 ? "once" : `${countWords(error.count)} times`}</span>
        <span>
          {error.count === 1 ? "" : "last "}
          <Age readAt={error.lastAt} />
        </span>
        <span className="font-mono wrap-anywhere">
          {error.table}, range {error.shard + 1}
        </span>
      </p>
    </li>
  );
}

const LISTED_MAX = 12;

function FailedRanges({ view: { failedShards, shards } }: { view: CopyView }) {
  if (failedShards.length === 0) return null;
  return (
    <details>
      <summary className="w-fit text-sm text-accent underline underline-offset-2">
        The ranges that stand still
      </summary>
      <ul className="mt-2 flex flex-col gap-1 text-sm">
        {failedShards.slice(0, LISTED_MAX).map((one) => (
          <li key={one.shard} className="wrap-anywhere text-ink-muted">
            <span className="font-mono text-ink">
              {one.table}, range {one.shard + 1}
            </span>
            : {one.message}
          </li>
        ))}
        {shards.failed > LISTED_MAX && (
          <li className="text-ink-faint">and {countWords(shards.failed - LISTED_MAX)} more</li>
        )}
      </ul>
    </details>
  );
}
