import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";

interface BadgeProps extends ComponentProps<"span"> {
  tone?: "neutral" | "accent" | "outline";
}

/** A short word about a thing; for states with a meaning use StateBadge. */
export function Badge({ tone = "neutral", className, ...rest }: BadgeProps) {
  return (
    <span
      {...rest}
      className={cn(
        "inline-flex items-center gap-1 rounded-md border px-1.5 py-0.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5",
        tone === "neutral" && "border-transparent bg-sunken text-ink-muted",
        tone === "accent" && "border-transparent bg-accent-soft text-accent",
        tone === "outline" && "border-line-strong/60 text-ink-muted",
        className,
      )}
    />
  );
}
