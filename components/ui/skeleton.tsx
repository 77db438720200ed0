import { cn } from "#components/ui/cn.ts";

/** Holds the place of something that is being read. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-md bg-hover", className)} />;
}
