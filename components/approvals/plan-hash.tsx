import { shortHash } from "#components/approvals/approval-words.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** A plan by its hash: short for the eye, whole on hover and when copied. */
export function PlanHash({ hash, label = "plan" }: { hash: string; label?: string }) {
  return (
    <span className="inline-flex items-center gap-1 text-sm text-ink-muted">
      {label}
      <code title={hash} className="font-mono text-ink">
        {shortHash(hash)}
      </code>
      <CopyButton text={hash} label={`Copy the hash of the ${label}`} />
    </span>
  );
}
