"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";
import { CONTROL_CLASS } from "#components/ui/control-class.ts";
import { useFieldControl } from "#components/ui/field.tsx";

/** The browser's own select: works in forms, on phones and with every assistive technology. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  const field = useFieldControl();
  return (
    <span className={cn("relative inline-flex w-full", className)}>
      <select
        {...field}
        {...rest}
        className={cn(CONTROL_CLASS, "h-8 appearance-none truncate pr-8 pointer-coarse:h-11")}
      >
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-faint"
      />
    </span>
  );
}
