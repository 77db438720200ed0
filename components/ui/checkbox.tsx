"use client";

import { useId, type ComponentProps, type ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type"> {
  label: ReactNode;
  hint?: ReactNode;
}

/** A checkbox with its words; the whole line can be pressed. */
export function Checkbox({ label, hint, className, id, ...rest }: CheckboxProps) {
  const generated = useId();
  const inputId = id ?? generated;
  return (
    <div className={cn("flex items-start gap-2.5", className)}>
      <input
        {...rest}
        id={inputId}
        type="checkbox"
        aria-describedby={hint === undefined ? rest["aria-describedby"] : `${inputId}-hint`}
        className="mt-0.75 size-4 shrink-0 accent-accent-solid"
      />
      <div className="flex flex-col">
        <label htmlFor={inputId} className="text-base text-ink">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${inputId}-hint`} className="text-sm text-ink-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
