"use client";

import { Switch as Primitive } from "radix-ui";
import { useId, type ComponentProps, type ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";

interface SwitchProps extends ComponentProps<typeof Primitive.Root> {
  label: ReactNode;
  hint?: ReactNode;
}

/** A setting that takes effect at once. */
export function Switch({ label, hint, className, id, ...rest }: SwitchProps) {
  const generated = useId();
  const switchId = id ?? generated;
  return (
    <div className={cn("flex items-start gap-2.5", className)}>
      <Primitive.Root
        {...rest}
        id={switchId}
        className="relative mt-0.5 h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken transition-colors duration-100 data-[state=checked]:border-transparent data-[state=checked]:bg-accent-solid"
      >
        <Primitive.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-ink-muted transition-transform duration-100 data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-on-accent" />
      </Primitive.Root>
      <div className="flex flex-col">
        <label htmlFor={switchId} className="text-base text-ink">
          {label}
        </label>
        {hint !== undefined && <p className="text-sm text-ink-muted">{hint}</p>}
      </div>
    </div>
  );
}
