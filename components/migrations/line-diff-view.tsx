import { lineDiff } from "#components/migrations/line-diff.ts";
import { cn } from "#components/ui/cn.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ScrollRegion } from "#components/ui/scroll-region.tsx";

interface LineDiffViewProps {
  before: string;
  after: string;
  /** What copying takes where it is more than what is shown, such as a file with its secrets; `after` otherwise. */
  copied?: string;
  label: string;
}

const SIGNS = { same: " ", removed: "−", added: "+" };
const WORDS = { same: "", removed: "removed: ", added: "added: " };

/** What changes in a file, line by line; copying takes the new text alone. */
export function LineDiffView({ before, after, copied = after, label }: LineDiffViewProps) {
  return (
    <div className="relative rounded-md border border-line bg-sunken">
      <ScrollRegion aria-label={label} className="rounded-md py-2">
        <pre translate="no" className="w-max min-w-full font-mono text-sm leading-5">
          {lineDiff(before, after).map((line, index) => (
            <span
              key={`${index} ${line.text}`}
              className={cn(
                "block pr-10 pl-3",
                line.kind === "removed" && "bg-blocked-soft text-blocked",
                line.kind === "added" && "bg-pass-soft text-pass",
              )}
            >
              <span aria-hidden className="mr-2 select-none">
                {SIGNS[line.kind]}
              </span>
              <span className="sr-only">{WORDS[line.kind]}</span>
              {line.text}
              {"\n"}
            </span>
          ))}
        </pre>
      </ScrollRegion>
      <CopyButton
        text={copied}
        label={`Copy the new ${label}`}
        className="absolute top-1.5 right-1.5 bg-sunken"
      />
    </div>
  );
}
