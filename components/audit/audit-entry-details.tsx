import Link from "next/link";

import { environmentName } from "#components/audit/environment-name.ts";
import { ResultMark } from "#components/audit/result-mark.tsx";
import { Time } from "#components/live/time.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { AuditListEntry } from "#lib/audit/schema.ts";

interface AuditEntryDetailsProps {
  entry: AuditListEntry;
  environments: readonly { id: string; name: string }[];
}

/** Everything that stands in one row, with what its hash was taken over. */
export function AuditEntryDetails({ entry, environments }: AuditEntryDetailsProps) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <KeyValues
        columns={3}
        items={[
          { label: "When", value: <Time at={entry.at} mode="absolute" /> },
          { label: "Who", value: `${entry.actorName} (${entry.actorKind})` },
          { label: "From address", value: entry.sourceAddress ?? "not known" },
          { label: "Action", value: <code className="font-mono">{entry.action}</code> },
          { label: "Subject", value: `${entry.subjectName} (${entry.subjectKind})` },
          { label: "Result", value: <ResultMark result={entry.result} /> },
          { label: "Environment", value: environmentName(entry.environmentId, environments) },
          { label: "Migration", value: <MigrationLink migrationId={entry.migrationId} /> },
          { label: "Request", value: <code className="font-mono">{entry.requestId}</code> },
        ]}
      />
      {entry.planHash !== null && <Hash label="Plan" hash={entry.planHash} />}
      <Recorded label="Input" value={entry.input} />
      <Recorded label="Outcome" value={entry.outcome} />
      <details>
        <summary className="cursor-pointer text-sm text-ink-muted">
          Canonical text, which the hash is taken over
        </summary>
        <p translate="no" className="mt-2 rounded-md bg-sunken p-3 font-mono text-xs break-all text-ink">
          {entry.canonicalText}
        </p>
      </details>
      <Hash label="Hash" hash={entry.hash} />
      <Hash label="Hash of the entry before" hash={entry.previousHash} />
      <p>
        <Link href={`/audit/${entry.sequence}`} className="text-sm text-accent underline">
          Link to this entry
        </Link>
      </p>
    </div>
  );
}

function MigrationLink({ migrationId }: { migrationId: string | null }) {
  if (migrationId === null) return "none";
  return (
    <Link href={`/migrations/${migrationId}`} className="font-mono text-accent underline">
      {migrationId.slice(0, 8)}
    </Link>
  );
}

function Recorded({ label, value }: { label: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <div>
      <p className="mb-1 text-sm text-ink-muted">{label}</p>
      <CodeBlock label={label.toLowerCase()} wrap code={JSON.stringify(value, null, 2)} />
    </div>
  );
}

function Hash({ label, hash }: { label: string; hash: string }) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-2 text-sm">
      <span className="text-ink-muted">{label}</span>
      <code translate="no" className="min-w-0 font-mono text-xs break-all text-ink">
        {hash}
      </code>
      <CopyButton text={hash} label={`Copy ${label.toLowerCase()}`} />
    </div>
  );
}
