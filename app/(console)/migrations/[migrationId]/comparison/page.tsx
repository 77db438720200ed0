import type { Metadata } from "next";

import { controlJobAction } from "#app/(console)/migrations/actions.ts";
import { loadRun } from "#app/(console)/migrations/[migrationId]/load-run.ts";
import { RunPage } from "#components/copy/run-page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";

type Props = PageProps<"/migrations/[migrationId]/comparison">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const answer = await loadRun((await params).migrationId, "compare");
  if (!answer.ok) return pageMetadata("Comparison");
  const { service, environment } = answer.value.migration;
  return pageMetadata(`${service.name} · Comparison`, environment);
}

export default async function ComparisonPage({ params }: Props) {
  const answer = await loadRun((await params).migrationId, "compare");
  if (!answer.ok) return <RefusedPage label="Migrations" href="/migrations" message={answer.message} />;
  return <RunPage {...answer.value} kind="compare" control={controlJobAction} />;
}
