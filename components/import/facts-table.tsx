import { EyeOff } from "lucide-react";

import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { ImportFact, ImportSource } from "#lib/atlasdb/import-proposal.ts";

interface FactsTableProps {
  label: string;
  facts: readonly ImportFact[];
}

/** Every value with the line that it was read from; a secret's value is not shown. */
export function FactsTable({ label, facts }: FactsTableProps) {
  return (
    <Table label={label}>
      <TableHead>
        <tr>
          <TableHeader>Value</TableHeader>
          <TableHeader>In the files</TableHeader>
          <TableHeader>Where</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {facts.map((fact) => (
          <TableRow key={fact.field}>
            <TableCell className="text-ink-muted">{fact.label}</TableCell>
            <TableCell>
              <FactText fact={fact} />
            </TableCell>
            <TableCell className="text-sm text-ink-muted">
              {fact.source === null ? "Not in the files" : sourceWords(fact.source)}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function FactText({ fact: { text, note } }: { fact: ImportFact }) {
  return (
    <div className="flex flex-col gap-0.5">
      {text === null && (
        <span className="inline-flex items-center gap-1.5 text-ink-muted">
          <EyeOff aria-hidden className="size-4" />
          Read, not shown
        </span>
      )}
      {text !== null && text !== "" && (
        <span translate="no" className="font-mono text-sm wrap-anywhere text-ink">
          {text}
        </span>
      )}
      {note !== null && <span className="text-sm text-ink-muted">{note}</span>}
    </div>
  );
}

/** "node-1, install file, line 12" */
export function sourceWords({ node, file, line }: ImportSource): string {
  return `${node}, ${file} file, line ${line}`;
}
