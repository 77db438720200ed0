import { isOpen } from "#components/dashboard/attention.ts";
import { MigrationList } from "#components/migrations/migration-list.tsx";
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
        <MigrationList migrations={open} />
      )}
    </section>
  );
}
