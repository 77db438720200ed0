import type { ReactNode } from "react";

import { StateIcon } from "#components/ui/state-mark.tsx";

interface ErrorStateProps {
  title: string;
  /** What happened, what it means for the data, what to do next. */
  children: ReactNode;
  action?: ReactNode;
}

/** Something could not be shown; unlike an empty state this says that we do not know. */
export function ErrorState({ title, children, action }: ErrorStateProps) {
  return (
    <div
      role="alert"
      className="flex flex-col items-start gap-3 rounded-lg border border-blocked-line bg-surface px-6 py-8"
    >
      <StateIcon state="blocked" label="Error" className="size-6" />
      <div className="max-w-prose">
        <p className="text-lg font-semibold text-ink">{title}</p>
        <div className="mt-1 text-base text-ink-muted">{children}</div>
      </div>
      {action}
    </div>
  );
}
