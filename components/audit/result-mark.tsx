import { StateIcon, type State } from "#components/ui/state-mark.tsx";

const LOOK: Readonly<Record<string, State>> = { done: "pass", denied: "warning", failed: "blocked" };

/** What came of an action, as icon and word. */
export function ResultMark({ result }: { result: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StateIcon state={LOOK[result] ?? "unknown"} label={null} className="size-4" />
      {result}
    </span>
  );
}
