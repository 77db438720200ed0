import { Snowflake } from "lucide-react";
import Link from "next/link";

import { NEVER_BLOCKS } from "#components/freeze/freeze-words.ts";
import { Time } from "#components/live/time.tsx";
import type { StartsStatus } from "#lib/freeze/schema.ts";

interface StartsBannerProps {
  environment: { id: string; name: string };
  status: StartsStatus;
}

/** Nothing new starts in an environment now: why, until when, and what goes on all the same. Nothing while it is open. */
export function StartsBanner({ environment, status }: StartsBannerProps) {
  if (status.open) return null;
  return (
    <section
      aria-label={`New work in ${environment.name}`}
      className="flex gap-2.5 rounded-lg border border-running-line bg-running-soft px-3 py-2.5"
    >
      <Snowflake aria-hidden className="mt-0.75 size-4 shrink-0 text-running" />
      <div className="min-w-0 grow">
        <p className="font-semibold text-running">Nothing new starts in {environment.name} now</p>
        <p className="break-words text-ink">
          {status.because}
          {status.until !== null && (
            <>
              {" "}
              This changes <Time at={status.until} mode="absolute" />.
            </>
          )}
        </p>
        <p className="text-sm text-ink-muted">
          Not affected: {NEVER_BLOCKS.charAt(0).toLowerCase() + NEVER_BLOCKS.slice(1)}{" "}
          <Link
            href={`/environments/${environment.id}/policy`}
            className="text-accent underline underline-offset-2"
          >
            Freeze and windows
          </Link>
        </p>
      </div>
    </section>
  );
}
