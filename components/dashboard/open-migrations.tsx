import Link from "next/link";

import { isOpen } from "#components/dashboard/attention.ts";
import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Time } from "#components/live/time.tsx";
import { STEP_STATE_WORDS } from "#components/migrations/step-words.ts";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

/** Answers: what is running? */
export function OpenMigrations({ migrations }: { migrations: readonly MigrationSummary[] }) {
  const open = migrations.filter(isOpen);
  return (
    <section aria-labelledby="open-migrations">
      <h2 id="open-migrations" className="mb-2 text-base font-semibold">
        Open migrations
      </h2>
      {open.length === 0 ? (
        <p className="text-ink-muted">None. Start one from the page of a service.</p>
      ) : (
        <MigrationRows migrations={open} label="Open migrations" />
      )}
    </section>
  );
}

interface MigrationRowsProps {
  migrations: readonly MigrationSummary[];
  label: string;
}

/** Migrations with the step that they stand at. */
export function MigrationRows({ migrations, label }: MigrationRowsProps) {
  return (
    <Table label={label}>
      <TableHead>
        <tr>
          <TableHeader>Migration</TableHeader>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Step</TableHeader>
          <TableHeader>Started</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {migrations.map((migration) => (
          <TableRow key={migration.id}>
            <TableCell>
              <Link href={`/migrations/${migration.id}`} className="font-medium text-ink hover:underline">
                {migration.service.name} · {migration.runbookTitle}
              </Link>
            </TableCell>
            <TableCell>
              <EnvironmentName environment={migration.environment} short />
            </TableCell>
            <TableCell>{stepWords(migration)}</TableCell>
            <TableCell className="text-ink-muted">
              <Time at={migration.startedAt} /> by {migration.startedBy}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function stepWords({ state, step }: MigrationSummary): string {
  if (step === null) return state;
  const where = `${step.number} of ${step.of}, ${step.title}`;
  return step.state === "current" ? where : `${where}: ${STEP_STATE_WORDS[step.state]}`;
}
