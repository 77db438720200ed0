import type { State } from "#components/ui/state-mark.tsx";

/** How the verdicts of connection tests look. */
export const TEST_STATES: Record<"pass" | "warning" | "failed", State> = {
  pass: "pass",
  warning: "warning",
  failed: "blocked",
};

/** What a test found besides its verdict. */
export function TestFacts({ facts }: { facts: readonly { label: string; value: string }[] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="mt-1 grid gap-x-4 gap-y-0.5 text-sm sm:grid-cols-[max-content_1fr]">
      {facts.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-ink-muted">{label}</dt>
          <dd className="min-w-0 break-words text-ink max-sm:mb-1">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
