import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";

interface ScrollRegionProps extends ComponentProps<"div"> {
  "aria-label": string;
  /** A region is a landmark: for the few parts that people jump to. */
  role?: "group" | "region";
}

/** A part of the page that scrolls sideways within itself, by keyboard too. */
export function ScrollRegion({ className, role = "group", ...rest }: ScrollRegionProps) {
  const reachable = { role, tabIndex: 0 };
  return <div {...rest} {...reachable} className={cn("relative overflow-x-auto", className)} />;
}
