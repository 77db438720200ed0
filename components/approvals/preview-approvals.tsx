import { DangerBadge } from "#components/approvals/approval-standing.tsx";
import { peopleWords } from "#components/approvals/approval-words.ts";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { MigrationPreview } from "#lib/migrations/schema.ts";

/** Whose approval the plan will need, and whether enough people could give it when this person asks. */
export function PreviewApprovals({ approvals }: { approvals: MigrationPreview["approvals"] }) {
  const asked = approvals.filter(({ people }) => people > 0);
  if (asked.length === 0) {
    return <p className="text-ink-muted">The policy of this environment asks nobody for any step of it.</p>;
  }
  return (
    <ul className="flex flex-col gap-2.5">
      {asked.map(({ unit, title, danger, people, who, eligible }) => (
        <li key={unit} className="flex gap-2.5">
          <StateIcon state={eligible < people ? "blocked" : "warning"} label={null} className="mt-0.75" />
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-2 font-medium text-ink">
              {title} <DangerBadge danger={danger} />
            </p>
            <p className="text-sm text-ink-muted">
              Needs {peopleWords(people)}: {who}.{" "}
              {eligible < people
                ? `Only ${eligible} could approve when you ask: it cannot be met.`
                : `${eligible} could approve when you ask.`}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
