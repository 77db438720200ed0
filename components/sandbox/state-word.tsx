import { Badge } from "#components/ui/badge.tsx";
import { type State, StateBadge } from "#components/ui/state-mark.tsx";

/** A state with its colour and icon, or a plain word where it is neither good nor bad. */
export function StateWord({ look }: { look: { state: State | null; words: string } }) {
  if (look.state === null) return <Badge>{look.words}</Badge>;
  return <StateBadge state={look.state}>{look.words}</StateBadge>;
}
