"use client";

import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";

import { AuditEntryDetails } from "#components/audit/audit-entry-details.tsx";
import { ResultMark } from "#components/audit/result-mark.tsx";
import { environmentName } from "#components/audit/environment-name.ts";
import { Time } from "#components/live/time.tsx";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { TableCell, TableRow } from "#components/ui/table.tsx";
import type { AuditListEntry } from "#lib/audit/schema.ts";

interface AuditRowProps {
  entry: AuditListEntry;
  environments: readonly { id: string; name: string }[];
}

/** One row of the log; its details open below it. */
export function AuditRow({ entry, environments }: AuditRowProps) {
  const [open, setOpen] = useState(false);
  const detailsId = useId();
  return (
    <>
      <TableRow className="[&>td]:align-middle">
        <TableCell numeric className="whitespace-nowrap">
          <Button
            variant="ghost"
            size="sm"
            aria-expanded={open}
            aria-controls={detailsId}
            aria-label={`Details of entry ${entry.sequence}`}
            onClick={() => setOpen(!open)}
            className="font-mono"
          >
            <ChevronRight aria-hidden className={cn(open && "rotate-90")} />
            {entry.sequence}
          </Button>
        </TableCell>
        <TableCell className="whitespace-nowrap">
          <Time at={entry.at} mode="absolute" />
        </TableCell>
        <TableCell>{entry.actorKind === "worker" ? "worker" : entry.actorName}</TableCell>
        <TableCell>{entry.words}</TableCell>
        <TableCell className="break-words">{entry.subjectName}</TableCell>
        <TableCell>{environmentName(entry.environmentId, environments)}</TableCell>
        <TableCell>
          <ResultMark result={entry.result} />
        </TableCell>
      </TableRow>
      <tr id={detailsId} hidden={!open} className="bg-sunken">
        <td colSpan={7} className="px-4 py-4">
          {open && <AuditEntryDetails entry={entry} environments={environments} />}
        </td>
      </tr>
    </>
  );
}
