import type { Metadata } from "next";

import { loadEnvironment } from "#app/(console)/environments/[environmentId]/load-environment.ts";
import { archiveEnvironmentAction, restoreEnvironmentAction } from "#app/(console)/environments/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { StartsBanner } from "#components/freeze/starts-banner.tsx";
import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { EnvironmentOverview } from "#components/inventory/environment-overview.tsx";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({
  params,
}: PageProps<"/environments/[environmentId]">): Promise<Metadata> {
  const { answer } = await loadEnvironment((await params).environmentId);
  return answer.ok ? pageMetadata(answer.value.name, answer.value) : pageMetadata("Environments");
}

export default async function EnvironmentPage({ params }: PageProps<"/environments/[environmentId]">) {
  const { answer, canManage, context } = await loadEnvironment((await params).environmentId);
  if (!answer.ok) return <RefusedPage label="Environments" href="/environments" message={answer.message} />;
  const environment = answer.value;
  const services = await listServices(context, { environment: environment.id });
  const { status } = await getStarts(context, environment.id);
  const manage = canManage && (
    <>
      <ArchiveControl
        id={environment.id}
        name={environment.name}
        version={environment.version}
        word="environment"
        archived={environment.archivedAt !== null}
        archive={archiveEnvironmentAction}
        restore={restoreEnvironmentAction}
      />
      {environment.archivedAt === null && (
        <LinkButton href={`/environments/${environment.id}/edit`}>Edit</LinkButton>
      )}
    </>
  );
  return (
    <Page
      crumbs={[{ label: "Environments", href: "/environments" }, { label: environment.name }]}
      environment={environment}
    >
      <PageHeader
        title={environment.name}
        actions={
          <>
            <LinkButton href={`/environments/${environment.id}/policy`}>Policy and freeze</LinkButton>
            {manage}
          </>
        }
      />
      <ArchivedNote archivedAt={environment.archivedAt} />
      <div className="flex flex-col gap-6">
        <StartsBanner environment={environment} status={status} />
        <EnvironmentOverview environment={environment} services={services} canManage={canManage} />
      </div>
    </Page>
  );
}
