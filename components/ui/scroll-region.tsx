import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";

/** A part of the page that scrolls sideways within itself, by keyboard too. */
export function ScrollRegion({ className, ...rest }: ComponentProps<"div"> & { "aria-label": string }) {
  const reachable = { role: "group", tabIndex: 0 } as const;
  return <div {...rest} {...reachable} className={cn("relative overflow-x-auto", className)} />;
}
