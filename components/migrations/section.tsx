import type { ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

interface SectionProps {
  title: string;
  /** Stands at the end of the heading's line: an age, a count. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** One part of a step. */
export function Section({ title, aside, className, children }: SectionProps) {
  return (
    <section aria-label={title} className={cn("min-w-0", className)}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 className="text-base font-semibold text-ink">{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  );
}
