import { cn } from "#components/ui/cn.ts";

interface ProgressBarProps {
  label: string;
  /** Parts of the whole, each out of `total`; what is left stays empty. */
  done: number;
  held?: number;
  failed?: number;
  total: number;
  /** Said in place of the percentage. */
  text: string;
  size?: "big" | "small";
  /** Whether all done is as it should be. */
  isProven?: boolean;
  /** Too old to be told as now. */
  stale?: boolean;
}

/** How much of something is done, under way and standing still. Something that was begun is never drawn as nothing. */
export function ProgressBar(props: ProgressBarProps) {
  const {
    label,
    done,
    held = 0,
    failed = 0,
    total,
    text,
    size = "small",
    isProven = true,
    stale = false,
  } = props;
  const width = (part: number) => (part === 0 ? "0" : `max(2px, ${(100 * part) / Math.max(1, total)}%)`);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={text}
      className={cn(
        "flex min-w-0 overflow-hidden rounded-full bg-sunken inset-ring inset-ring-line transition-[filter] duration-150",
        size === "big" ? "h-4" : "h-1.5",
        stale && "grayscale",
      )}
    >
      <div
        className={cn(
          "h-full transition-[width] duration-150",
          done >= total && isProven ? "bg-pass" : "bg-accent-solid",
        )}
        style={{ width: total === 0 ? "100%" : width(done) }}
      />
      <div
        className="h-full bg-accent-solid/40 transition-[width] duration-150"
        style={{ width: width(held) }}
      />
      <div className="h-full bg-blocked transition-[width] duration-150" style={{ width: width(failed) }} />
    </div>
  );
}
