import type { Metadata } from "next";

import {
  breakGlassAction,
  decideApprovalAction,
  recordIndependentReadingAction,
  requestApprovalAction,
  reviewBreakGlassAction,
  withdrawApprovalAction,
} from "#app/(console)/approvals/actions.ts";
import {
  abandonMigrationAction,
  attestAction,
  closeIncidentAction,
  pasteOutputAction,
  recordSmokeTestAction,
  replanMigrationAction,
  runStepAction,
  settleAction,
  skipStepAction,
  submitConfigurationAction,
  undoStepAction,
} from "#app/(console)/migrations/actions.ts";
import {
  loadApprovalsOf,
  loadMigrationPage,
} from "#app/(console)/migrations/[migrationId]/load-migration-page.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { MigrationScreen } from "#components/migrations/migration-screen.tsx";
import { PlanOfLink } from "#components/notifications/plan-of-link.tsx";
import { requirePageContext } from "#lib/web/session.ts";

const ACTIONS = {
  runStep: runStepAction,
  attest: attestAction,
  pasteOutput: pasteOutputAction,
  submitConfiguration: submitConfigurationAction,
  recordSmokeTest: recordSmokeTestAction,
  skipStep: skipStepAction,
  undoStep: undoStepAction,
  settle: settleAction,
  abandon: abandonMigrationAction,
  closeIncident: closeIncidentAction,
  replan: replanMigrationAction,
  approvals: {
    request: requestApprovalAction,
    decide: decideApprovalAction,
    withdraw: withdrawApprovalAction,
    readIndependently: recordIndependentReadingAction,
    breakGlass: breakGlassAction,
    review: reviewBreakGlassAction,
  },
};

type Props = PageProps<"/migrations/[migrationId]">;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const answer = await loadMigrationPage((await params).migrationId);
  if (!answer.ok) return pageMetadata("Migrations");
  const { service, runbookTitle, environment } = answer.value;
  return pageMetadata(`${service.name} · ${runbookTitle}`, environment);
}

export default async function MigrationPage({ params, searchParams }: Props) {
  const answer = await loadMigrationPage((await params).migrationId);
  if (!answer.ok) return <RefusedPage label="Migrations" href="/migrations" message={answer.message} />;
  const { service, environment, runbookTitle } = answer.value;
  const { context } = await requirePageContext();
  const { requests, offers } = await loadApprovalsOf(context, answer.value);
  const crumbs = [{ label: service.name, href: `/services/${service.id}` }, { label: runbookTitle }];
  return (
    <Page crumbs={crumbs} environment={environment}>
      <PlanOfLink asked={(await searchParams)["plan"]} current={answer.value.planHash} />
      <MigrationScreen view={answer.value} requests={requests} offers={offers} actions={ACTIONS} />
    </Page>
  );
}
