"use client";

import { Time } from "#components/live/time.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { RecentSignInDto } from "#lib/people/schema.ts";

/** What happened at the door of this account, from the audit log. */
export function RecentSignIns({ signIns }: { signIns: readonly RecentSignInDto[] }) {
  if (signIns.length === 0) return <p className="text-base text-ink-muted">None is recorded.</p>;
  return (
    <Table label="Recent sign-ins">
      <TableHead>
        <TableRow>
          <TableHeader>When</TableHeader>
          <TableHeader>What</TableHeader>
          <TableHeader>From</TableHeader>
          <TableHeader>Result</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {signIns.map((signIn) => (
          <TableRow key={signIn.sequence}>
            <TableCell>
              <Time at={signIn.at} />
            </TableCell>
            <TableCell>{signIn.words}</TableCell>
            <TableCell className="font-mono">{signIn.address ?? "unknown"}</TableCell>
            <TableCell>
              {signIn.succeeded ? (
                <StateBadge state="pass">done</StateBadge>
              ) : (
                <StateBadge state="blocked">refused</StateBadge>
              )}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
