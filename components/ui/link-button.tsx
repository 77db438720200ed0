import Link from "next/link";
import type { ComponentProps } from "react";

import { buttonVariants, type ButtonVariants } from "#components/ui/button-variants.ts";
import { cn } from "#components/ui/cn.ts";

/** A link that looks like a button; use it wherever pressing only navigates. */
export function LinkButton({
  variant,
  size,
  className,
  ...rest
}: ComponentProps<typeof Link> & ButtonVariants) {
  return <Link {...rest} className={cn(buttonVariants({ variant, size }), className)} />;
}
