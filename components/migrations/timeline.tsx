import Link from "next/link";

import { Time } from "#components/live/time.tsx";
import { cn } from "#components/ui/cn.ts";
import type { MigrationView } from "#lib/migrations/schema.ts";

interface TimelineProps {
  entries: MigrationView["timeline"];
  /** Where all of it can be read. */
  auditHref: string;
}

const SHOWN_MAX = 12;

/** What happened to this migration, the newest first, from the audit log. */
export function Timeline({ entries, auditHref }: TimelineProps) {
  return (
    <section aria-label="Timeline">
      <h2 className="mb-2 text-sm font-medium text-ink-muted">Timeline</h2>
      <ol className="flex flex-col gap-2.5">
        {entries.slice(0, SHOWN_MAX).map((entry) => (
          <li key={entry.sequence} className="flex gap-2.5 text-sm">
            <Time
              at={entry.at}
              mode="time-of-day"
              className="shrink-0 pt-px font-mono text-xs text-ink-faint"
            />
            <div className="min-w-0">
              <p className="break-words text-ink">
                {entry.text}
                {entry.outcome !== "done" && (
                  <span
                    className={cn(
                      "ml-1.5 font-medium",
                      entry.outcome === "denied" || entry.outcome === "failed"
                        ? "text-blocked"
                        : "text-unknown",
                    )}
                  >
                    {entry.outcome}
                  </span>
                )}
              </p>
              <p className="text-xs break-words text-ink-faint">{entry.by}</p>
            </div>
          </li>
        ))}
      </ol>
      <Link href={auditHref} className="mt-3 inline-block text-sm text-accent underline underline-offset-2">
        All of it in the audit log
      </Link>
    </section>
  );
}
