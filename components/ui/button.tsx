"use client";

import { LoaderCircle } from "lucide-react";
import { useId, type ComponentProps, type MouseEvent } from "react";

import { buttonVariants, type ButtonVariants } from "#components/ui/button-variants.ts";
import { cn } from "#components/ui/cn.ts";

export interface ButtonProps extends Omit<ComponentProps<"button">, "disabled">, ButtonVariants {
  /** A request is under way: further clicks do nothing, focus stays. */
  pending?: boolean;
  /** Why it cannot be pressed now, in words; the button stays focusable and says so. */
  blockedBecause?: string | null | undefined;
}

/** A button that never fires twice and never is silently dead. */
export function Button({
  variant,
  size,
  pending = false,
  blockedBecause = null,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const inert = pending || blockedBecause !== null;
  const handleClick = (event: MouseEvent<HTMLButtonElement>) => {
    if (inert) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      {...rest}
      type={type}
      className={cn(buttonVariants({ variant, size }), className)}
      aria-disabled={inert || undefined}
      aria-busy={pending || undefined}
      aria-describedby={blockedBecause === null ? rest["aria-describedby"] : reasonId}
      title={blockedBecause ?? rest.title}
      onClick={handleClick}
    >
      {pending && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
      {blockedBecause !== null && (
        <span id={reasonId} className="sr-only">
          {blockedBecause}
        </span>
      )}
    </button>
  );
}
