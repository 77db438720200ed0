import type { ComponentProps, ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return <section {...rest} className={cn("min-w-0 rounded-lg border border-line bg-surface", className)} />;
}

interface CardHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  id?: string;
  /** The heading's level on this page. */
  level?: 2 | 3;
  className?: string;
}

export function CardHeader({ title, description, actions, id, level = 2, className }: CardHeaderProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <header className={cn("flex flex-wrap items-start gap-x-4 gap-y-2 px-4 pt-4 pb-2", className)}>
      <div className="min-w-0 grow basis-60">
        <Heading id={id} className="text-base font-semibold text-ink">
          {title}
        </Heading>
        {description !== undefined && <p className="mt-0.5 text-sm text-ink-muted">{description}</p>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

export function CardBody({ className, ...rest }: ComponentProps<"div">) {
  return <div {...rest} className={cn("px-4 pt-2 pb-4", className)} />;
}

export function CardFooter({ className, ...rest }: ComponentProps<"footer">) {
  return (
    <footer
      {...rest}
      className={cn(
        "flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3",
        className,
      )}
    />
  );
}
