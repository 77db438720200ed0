import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Time } from "#components/live/time.tsx";
import { migrationStanding } from "#components/migrations/migration-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

/** Migrations with where they stand; each leads to its page. */
export function MigrationList({ migrations }: { migrations: readonly MigrationSummary[] }) {
  return (
    <Table label="Migrations" className="min-w-3xl">
      <TableHead>
        <TableRow>
          <TableHeader>Service</TableHeader>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Runbook</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Step</TableHeader>
          <TableHeader>Started</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {migrations.map((migration) => (
          <TableRow key={migration.id}>
            <TableCell>
              <Link
                href={`/migrations/${migration.id}`}
                className="font-medium text-ink underline-offset-2 hover:underline"
              >
                {migration.service.name}
              </Link>
            </TableCell>
            <TableCell>
              <EnvironmentName environment={migration.environment} short />
            </TableCell>
            <TableCell>{migration.runbookTitle}</TableCell>
            <TableCell>
              <MigrationStanding migration={migration} />
            </TableCell>
            <TableCell>
              {migration.step === null ? (
                <span className="text-ink-faint">none</span>
              ) : (
                <span>
                  <span className="tabular text-ink-muted">
                    {migration.step.number} of {migration.step.of} ·{" "}
                  </span>
                  {migration.step.title}
                </span>
              )}
            </TableCell>
            <TableCell className="whitespace-nowrap text-ink-muted">
              <Time at={migration.startedAt} /> by {migration.startedBy}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** How one migration stands, as a badge. */
export function MigrationStanding({ migration }: { migration: MigrationSummary }) {
  const { state, words } = migrationStanding(migration);
  return state === null ? <Badge>{words}</Badge> : <StateBadge state={state}>{words}</StateBadge>;
}
