"use client";

import type { ComponentProps } from "react";

import { cn } from "#components/ui/cn.ts";
import { CONTROL_CLASS } from "#components/ui/control-class.ts";
import { useFieldControl } from "#components/ui/field.tsx";

interface TextareaProps extends ComponentProps<"textarea"> {
  /** For pasted output and files: mono, unwrapped, and nothing corrects or translates it. */
  exact?: boolean;
}

export function Textarea({ className, exact = false, rows = 4, ...rest }: TextareaProps) {
  const field = useFieldControl();
  const literal = exact
    ? ({
        autoCapitalize: "off",
        autoCorrect: "off",
        spellCheck: false,
        translate: "no",
        wrap: "off",
      } as const)
    : {};
  return (
    <textarea
      {...literal}
      {...field}
      {...rest}
      rows={rows}
      className={cn(CONTROL_CLASS, "py-2", exact && "font-mono text-sm leading-5", className)}
    />
  );
}
