import { ScrollText } from "lucide-react";

import { AuditRow } from "#components/audit/audit-row.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { Table, TableBody, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { auditHref, type AuditFilter, type AuditPageDto } from "#lib/audit/schema.ts";

interface AuditListProps {
  page: AuditPageDto;
  filter: AuditFilter;
  environments: readonly { id: string; name: string }[];
}

export function AuditList({ page, filter, environments }: AuditListProps) {
  const { entries, newerAfter, olderBefore } = page;
  const first = entries[0];
  if (first === undefined) {
    return (
      <EmptyState
        icon={ScrollText}
        title="No entry matches"
        action={<LinkButton href="/audit">Show all entries</LinkButton>}
      >
        Every action on this console is recorded here, also those that were refused. None of them fits these
        filters.
      </EmptyState>
    );
  }
  return (
    <>
      <Table label="Audit entries, newest first">
        <TableHead>
          <TableRow>
            <TableHeader numeric>Entry</TableHeader>
            <TableHeader>When</TableHeader>
            <TableHeader>Who</TableHeader>
            <TableHeader>Did what</TableHeader>
            <TableHeader>To what</TableHeader>
            <TableHeader>Environment</TableHeader>
            <TableHeader>Result</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {entries.map((entry) => (
            <AuditRow key={entry.sequence} entry={entry} environments={environments} />
          ))}
        </TableBody>
      </Table>
      <Pagination
        label="Audit"
        position={`Entries ${entries.at(-1)?.sequence ?? first.sequence} to ${first.sequence}`}
        newerHref={newerAfter === null ? null : auditHref(filter, { after: newerAfter })}
        olderHref={olderBefore === null ? null : auditHref(filter, { before: olderBefore })}
      />
    </>
  );
}
