import { ArrowRightLeft } from "lucide-react";

import { CopyScreen } from "#components/copy/copy-screen.tsx";
import { Page } from "#components/frame/page.tsx";
import { RefreshUntilThere } from "#components/live/refresh-until-there.tsx";
import type { Action } from "#components/live/use-action.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { MigrationView } from "#lib/migrations/schema.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface RunPageProps {
  migration: MigrationView;
  kind: CopyView["kind"];
  /** Null before there is one. */
  run: CopyView | null;
  control: Action;
}

/** The page of what a step started and workers go on with, below its migration. */
export function RunPage({ migration, kind, run, control }: RunPageProps) {
  const { service, environment, runbookTitle, targets } = migration;
  const href = `/migrations/${migration.id}`;
  const label = kind === "copy" ? "Copy" : "Comparison";
  const crumbs = [
    { label: service.name, href: `/services/${service.id}` },
    { label: runbookTitle, href },
    { label },
  ];
  const [source, destination] = ["Source", "Destination"].map(
    (name) => targets.find((target) => target.label === name)?.value ?? null,
  );
  const stores =
    source === null || destination === null
      ? ""
      : kind === "copy"
        ? `${source} into ${destination}`
        : `${destination} with ${source}`;
  return (
    <Page crumbs={crumbs} environment={environment}>
      {run === null ? (
        <NotBegun migration={migration} kind={kind} label={`${service.name} · ${label}`} href={href} />
      ) : (
        <CopyScreen key={run.run} view={run} service={service.name} stores={stores} control={control} />
      )}
    </Page>
  );
}

interface NotBegunProps {
  migration: MigrationView;
  kind: CopyView["kind"];
  label: string;
  href: string;
}

/** Says what will be here, and what begins it. */
function NotBegun({ migration, kind, label, href }: NotBegunProps) {
  const step = migration.steps.find(({ job }) => job === kind);
  return (
    <>
      <PageHeader title={label} />
      <RefreshUntilThere />
      <EmptyState
        icon={ArrowRightLeft}
        title={kind === "copy" ? "Nothing is copied yet" : "Nothing is compared yet"}
        action={
          <LinkButton href={href} variant="primary">
            Go to the migration
          </LinkButton>
        }
      >
        {step === undefined
          ? "This migration moves no data from one store to another."
          : `It begins with step ${step.number}, “${step.title}”. How far it is, how fast, what limits it and what failed is shown here then.`}
      </EmptyState>
    </>
  );
}
