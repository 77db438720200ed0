import { Time } from "#components/live/time.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { BrokenGlassMark, UnitApproval } from "#lib/engine/unit.ts";

interface GlassBannerProps {
  mark: BrokenGlassMark;
  approvals: readonly UnitApproval[];
}

const VERDICT_WORDS = { justified: "Reviewed as justified.", objected: "The review objects to it." } as const;

/** The mark that stays on a migration once somebody went ahead without the approvals. */
export function GlassBanner({ mark, approvals }: GlassBannerProps) {
  const title = approvals.find(({ unit }) => unit === mark.unit)?.title ?? mark.unit;
  return (
    <Callout
      state={mark.verdict === "objected" ? "blocked" : "warning"}
      live={false}
      title={`The glass was broken for “${title}”`}
      actions={<LinkButton href={`/approvals/${mark.requestId}`}>Open the request</LinkButton>}
    >
      <p>
        {mark.by} went ahead without the approvals, <Time at={mark.at} mode="absolute" />: “{mark.reason}”
      </p>
      <p className="text-sm text-ink-muted">
        {mark.verdict === null ? "Its review by somebody else is still owed." : VERDICT_WORDS[mark.verdict]}{" "}
        This mark stays.
      </p>
    </Callout>
  );
}
