import { cn } from "#components/ui/cn.ts";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { PlanDifference } from "#lib/approvals/schema.ts";

interface DifferencesTableProps {
  /** "Differences from the last approved plan". */
  label: string;
  before: string;
  after: string;
  differences: readonly PlanDifference[];
}

/** Two plans field by field; what stands in one alone is said in words, not left empty. */
export function DifferencesTable({ label, before, after, differences }: DifferencesTableProps) {
  return (
    <Table label={label} className="min-w-2xl table-fixed">
      <TableHead>
        <TableRow>
          <TableHeader className="w-1/4">Field</TableHeader>
          <TableHeader>{before}</TableHeader>
          <TableHeader>{after}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {differences.map((difference) => (
          <TableRow key={difference.path}>
            <th scope="row" className="px-3 py-2 text-left align-top font-medium break-words text-ink">
              {difference.path}
            </th>
            <Side value={difference.before} sign="−" className="bg-blocked-soft text-blocked" />
            <Side value={difference.after} sign="+" className="bg-pass-soft text-pass" />
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function Side({ value, sign, className }: { value: string | null; sign: string; className: string }) {
  return (
    <TableCell className={cn(value !== null && className)}>
      {value === null ? (
        <span className="text-ink-faint">not there</span>
      ) : (
        <span translate="no" className="font-mono text-sm break-all whitespace-pre-wrap">
          <span aria-hidden className="mr-1.5 select-none">
            {sign}
          </span>
          {value}
        </span>
      )}
    </TableCell>
  );
}
