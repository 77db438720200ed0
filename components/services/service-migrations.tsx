import { MigrationList } from "#components/migrations/migration-list.tsx";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

/** Every migration of one service, newest first. */
export function ServiceMigrations({ migrations }: { migrations: readonly MigrationSummary[] }) {
  return (
    <section aria-labelledby="service-migrations">
      <h2 id="service-migrations" className="mb-2 text-base font-semibold">
        Migrations
      </h2>
      {migrations.length === 0 ? (
        <p className="text-ink-muted">None yet.</p>
      ) : (
        <MigrationList migrations={migrations} />
      )}
    </section>
  );
}
