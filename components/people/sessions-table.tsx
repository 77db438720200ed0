"use client";

import { Time } from "#components/live/time.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { SessionDto } from "#lib/people/schema.ts";

interface SessionsTableProps {
  sessions: readonly SessionDto[];
  revoke: Action;
}

export function SessionsTable({ sessions, revoke }: SessionsTableProps) {
  const { run, pending, failure } = useAction(revoke);
  return (
    <div className="flex flex-col gap-3">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <Table label="Open sessions">
        <TableHead>
          <TableRow>
            <TableHeader>Device</TableHeader>
            <TableHeader>Address</TableHeader>
            <TableHeader>Last used</TableHeader>
            <TableHeader>Ends at the latest</TableHeader>
            <TableHeader>
              <span className="sr-only">Actions</span>
            </TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {sessions.map((session) => (
            <TableRow key={session.id}>
              <TableCell>
                {session.device} {session.isCurrent && <Badge tone="accent">this one</Badge>}
              </TableCell>
              <TableCell className="font-mono">{session.address ?? "unknown"}</TableCell>
              <TableCell>
                <Time at={session.lastSeenAt} />
              </TableCell>
              <TableCell>
                <Time at={session.endsAt} />
              </TableCell>
              <TableCell numeric>
                {!session.isCurrent && (
                  <Button
                    size="sm"
                    pending={pending}
                    aria-label={`End the session of ${session.device}`}
                    onClick={() => run({ sessionId: session.id })}
                  >
                    End
                  </Button>
                )}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
