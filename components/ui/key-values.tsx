import type { ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

interface KeyValuesProps {
  items: readonly { label: string; value: ReactNode }[];
  /** Two or three pairs a row on wide screens. */
  columns?: 1 | 2 | 3;
  className?: string;
}

/** Facts about one thing. */
export function KeyValues({ items, columns = 1, className }: KeyValuesProps) {
  return (
    <dl
      className={cn(
        "grid gap-x-8 gap-y-3",
        columns === 2 && "sm:grid-cols-2",
        columns === 3 && "sm:grid-cols-2 lg:grid-cols-3",
        className,
      )}
    >
      {items.map((item) => (
        <div key={item.label} className="flex min-w-0 flex-col gap-0.5">
          <dt className="text-sm text-ink-muted">{item.label}</dt>
          <dd className="min-w-0 break-words text-ink">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
