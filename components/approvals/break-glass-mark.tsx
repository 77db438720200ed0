"use client";

import { useState } from "react";

import { ReviewDialog } from "#components/approvals/review-dialog.tsx";
import type { Action } from "#components/live/use-action.ts";
import { Time } from "#components/live/time.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { BreakGlassDto } from "#lib/approvals/schema.ts";

interface BreakGlassMarkProps {
  glass: BreakGlassDto;
  review: Action;
  /** Leads to its request; off on the page of the request itself. */
  linked?: boolean;
}

/** The mark that a migration bears for ever once somebody went ahead without the approvals, with the review that is owed. */
export function BreakGlassMark({ glass, review, linked = false }: BreakGlassMarkProps) {
  const [reviewing, setReviewing] = useState(false);
  const objected = glass.review?.verdict === "objected";
  return (
    <Callout
      state={objected ? "blocked" : "warning"}
      live={false}
      title={`The glass was broken for “${glass.unitTitle}”`}
      actions={
        glass.canReview || linked ? (
          <>
            {glass.canReview && <Button onClick={() => setReviewing(true)}>Review it…</Button>}
            {linked && <LinkButton href={`/approvals/${glass.requestId}`}>Open the request</LinkButton>}
          </>
        ) : undefined
      }
    >
      <p>
        {glass.by} went ahead without the approvals, <Time at={glass.at} mode="absolute" />: “{glass.reason}”
      </p>
      <p className="text-sm text-ink-muted">
        Skipped and told: {glass.skipped.length === 0 ? "nobody could have approved" : names(glass)}. This
        mark stays.
      </p>
      <Review glass={glass} />
      <ReviewDialog glass={glass} review={review} open={reviewing} onOpenChange={setReviewing} />
    </Callout>
  );
}

function Review({ glass }: { glass: BreakGlassDto }) {
  const { review, reviewBlockedBecause, canReview } = glass;
  if (review === null) {
    return (
      <p className="mt-1 text-sm">
        <span className="font-medium">Its review is still owed.</span>
        {!canReview && reviewBlockedBecause !== null && ` ${reviewBlockedBecause}`}
      </p>
    );
  }
  return (
    <p className="mt-1 text-sm">
      <span className="font-medium">
        {review.verdict === "justified" ? "Reviewed as justified" : "Objected to"} by {review.by}
      </span>
      , <Time at={review.at} mode="absolute" />: “{review.note}”
    </p>
  );
}

function names({ skipped }: BreakGlassDto): string {
  return skipped.map(({ name }) => name).join(", ");
}
