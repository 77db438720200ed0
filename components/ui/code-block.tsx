import { cn } from "#components/ui/cn.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ScrollRegion } from "#components/ui/scroll-region.tsx";

interface CodeBlockProps {
  code: string;
  /** What this is, for screen readers and the copy button: "curl command for tl-2". */
  label: string;
  /** Breaks long lines; off where a line break would change what is typed. */
  wrap?: boolean;
  className?: string;
}

/** Text to run or compare elsewhere, exactly as it is copied. */
export function CodeBlock({ code, label, wrap = false, className }: CodeBlockProps) {
  return (
    <div className={cn("relative rounded-md border border-line bg-sunken", className)}>
      <ScrollRegion aria-label={label} className="max-h-96 overflow-y-auto rounded-md">
        <pre
          translate="no"
          className={cn(
            "w-max min-w-full py-2.5 pr-10 pl-3 font-mono text-sm leading-5 text-ink",
            wrap && "w-auto break-all whitespace-pre-wrap",
          )}
        >
          <code>{code}</code>
        </pre>
      </ScrollRegion>
      <CopyButton text={code} label={`Copy ${label}`} className="absolute top-1.5 right-1.5 bg-sunken" />
    </div>
  );
}
