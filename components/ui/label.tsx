import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";

export function Label({ className, htmlFor, children, ...rest }: ComponentProps<"label">) {
  return (
    <label {...rest} htmlFor={htmlFor} className={cn("text-sm font-medium text-ink", className)}>
      {children}
    </label>
  );
}
