"use client";

import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";
import { CONTROL_CLASS } from "#components/ui/control-class.ts";
import { useFieldControl } from "#components/ui/field.tsx";

interface InputProps extends ComponentProps<"input"> {
  /** For addresses, names of systems, phrases: mono, and nothing corrects or translates it. */
  exact?: boolean;
}

export function Input({ className, exact = false, type = "text", ...rest }: InputProps) {
  const field = useFieldControl();
  const literal = exact
    ? ({ autoCapitalize: "off", autoCorrect: "off", spellCheck: false, translate: "no" } as const)
    : {};
  return (
    <input
      {...literal}
      {...field}
      {...rest}
      type={type}
      className={cn(CONTROL_CLASS, "h-8 pointer-coarse:h-11", exact && "font-mono text-sm", className)}
    />
  );
}
