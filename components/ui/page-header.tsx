import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  /** The one question that this page answers, in a sentence. */
  description?: ReactNode;
  /** Small facts under the title. */
  meta?: ReactNode;
  /** At most one primary button. */
  actions?: ReactNode;
}

export function PageHeader({ title, description, meta, actions }: PageHeaderProps) {
  return (
    <header className="mb-6 flex flex-wrap items-start gap-x-6 gap-y-3">
      <div className="min-w-0 grow basis-80">
        <h1 className="text-xl font-semibold tracking-tight text-balance text-ink">{title}</h1>
        {description !== undefined && (
          <p className="mt-1 max-w-prose text-base text-pretty text-ink-muted">{description}</p>
        )}
        {meta !== undefined && (
          <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">{meta}</div>
        )}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
