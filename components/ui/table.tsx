import type { ComponentProps, ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";
import { ScrollRegion } from "#components/ui/scroll-region.tsx";

interface TableProps extends ComponentProps<"table"> {
  /** What the table lists, for screen readers. */
  label: string;
  children: ReactNode;
}

/** A full-width table; on narrow screens it scrolls sideways within itself, by keyboard too. */
export function Table({ label, className, children, ...rest }: TableProps) {
  return (
    <ScrollRegion
      role="region"
      aria-label={label}
      className="w-full rounded-lg border border-line bg-surface"
    >
      <table {...rest} className={cn("w-full border-collapse text-left text-sm", className)}>
        {children}
      </table>
    </ScrollRegion>
  );
}

export function TableHead({ className, ...rest }: ComponentProps<"thead">) {
  return <thead {...rest} className={cn("border-b border-line bg-sunken text-ink-muted", className)} />;
}

export function TableBody({ className, ...rest }: ComponentProps<"tbody">) {
  return <tbody {...rest} className={cn("[&>tr:not(:last-child)]:border-b", className)} />;
}

export function TableRow({ className, ...rest }: ComponentProps<"tr">) {
  return <tr {...rest} className={cn("hover:bg-hover/60", className)} />;
}

interface CellProps {
  /** Numbers stand at the right, in tabular figures. */
  numeric?: boolean;
}

export function TableHeader({
  numeric,
  className,
  scope = "col",
  ...rest
}: ComponentProps<"th"> & CellProps) {
  return (
    <th
      {...rest}
      scope={scope}
      className={cn("px-3 py-2 font-medium whitespace-nowrap", numeric && "text-right", className)}
    />
  );
}

export function TableCell({ numeric, className, ...rest }: ComponentProps<"td"> & CellProps) {
  return <td {...rest} className={cn("px-3 py-2 align-top", numeric && "tabular text-right", className)} />;
}
