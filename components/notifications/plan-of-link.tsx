import { Callout } from "#components/ui/callout.tsx";

interface PlanOfLinkProps {
  /** What the address says after `?plan=`, whatever it is. */
  asked: string | readonly string[] | undefined;
  current: string;
}

/** Says that the page was opened from a message about another plan than the one it shows. */
export function PlanOfLink({ asked, current }: PlanOfLinkProps) {
  if (typeof asked !== "string" || !/^[0-9a-f]{64}$/.test(asked) || asked === current) return null;
  return (
    <Callout state="warning" live={false} className="mb-6" title="The plan has changed since the message">
      The link that you followed is about the plan <code className="font-mono">{asked.slice(0, 12)}</code>.
      This page shows the plan of now, <code className="font-mono">{current.slice(0, 12)}</code>: what was
      said of the other one does not hold for it.
    </Callout>
  );
}
