import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** What this is, and what permission it takes to begin. */
  children: ReactNode;
  /** The first thing to do. */
  action?: ReactNode;
  className?: string;
}

/** Nothing here yet: says what belongs here and offers the first action. */
export function EmptyState({ icon: Icon, title, children, action, className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        "flex flex-col items-start gap-3 rounded-lg border border-dashed border-line-strong/60 px-6 py-8",
        className,
      )}
    >
      <Icon aria-hidden className="size-6 text-ink-faint" />
      <div className="max-w-prose">
        <p className="text-lg font-semibold text-ink">{title}</p>
        <div className="mt-1 text-base text-ink-muted">{children}</div>
      </div>
      {action}
    </div>
  );
}
