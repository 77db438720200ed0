"use client";

import { digitGroups } from "#components/timestamps/digit-groups.ts";
import { cn } from "#components/ui/cn.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";
import { longToHex, parseLong } from "#lib/timestamps/long.ts";

interface TimestampValueProps {
  /** A plain decimal; null: not known, which is neither zero nor empty. */
  value: string | null;
  /** For the copy button's name: "Copy TS". */
  label?: string;
  copy?: boolean;
  className?: string;
}

/**
 * A logical timestamp: mono, in groups for the eye only (the gaps are margins, so that a selection copies plain digits),
 * hexadecimal on hover and on focus of its copy button.
 */
export function TimestampValue({ value, label = "timestamp", copy = true, className }: TimestampValueProps) {
  if (value === null) {
    return (
      <span className={cn("inline-flex items-center gap-1 font-mono font-medium text-unknown", className)}>
        <StateIcon state="unknown" label={null} className="size-3.5" />
        unknown
      </span>
    );
  }
  const long = parseLong(value);
  const digits = <Digits value={value} className={className} />;
  if (long === null) return digits;
  return (
    <Tooltip content={<span className="font-mono">{longToHex(long)}</span>}>
      <span className="inline-flex items-center gap-0.5">
        {digits}
        {copy && <CopyButton text={value} label={`Copy ${label}`} />}
      </span>
    </Tooltip>
  );
}

function Digits({ value, className }: { value: string; className?: string | undefined }) {
  return (
    <span translate="no" className={cn("font-mono tabular whitespace-nowrap", className)}>
      {digitGroups(value).map((group, index) => (
        <span key={index} className={cn(index > 0 && "ml-[0.22em]")}>
          {group}
        </span>
      ))}
    </span>
  );
}
