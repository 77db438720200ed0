import type { Metadata } from "next";

import { loadService } from "#app/(console)/services/[serviceId]/load-service.ts";
import { archiveServiceAction, restoreServiceAction } from "#app/(console)/services/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { MoveButton } from "#components/services/move-button.tsx";
import { ServiceDependents, ServiceNodes, ServiceRecord } from "#components/services/service-parts.tsx";
import { ServiceStatusPanel } from "#components/services/service-status-panel.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({ params }: PageProps<"/services/[serviceId]">): Promise<Metadata> {
  const { answer } = await loadService((await params).serviceId);
  return answer.ok ? pageMetadata(answer.value.name, answer.value.environment) : pageMetadata("Services");
}

export default async function ServicePage({ params }: PageProps<"/services/[serviceId]">) {
  const { answer, canManage } = await loadService((await params).serviceId);
  if (!answer.ok) return <RefusedPage label="Services" href="/services" message={answer.message} />;
  const service = answer.value;
  const { id, name, version, archivedAt, environment } = service;
  const actions = canManage && (
    <>
      <ArchiveControl
        id={id}
        name={name}
        version={version}
        word="service"
        archived={archivedAt !== null}
        archive={archiveServiceAction}
        restore={restoreServiceAction}
      />
      {archivedAt === null && <LinkButton href={`/services/${id}/edit`}>Edit</LinkButton>}
      {archivedAt === null && <MoveButton service={service} />}
    </>
  );
  return (
    <Page crumbs={[{ label: "Services", href: "/services" }, { label: name }]} environment={environment}>
      <PageHeader title={name} actions={actions} />
      <ArchivedNote archivedAt={archivedAt} />
      <div className="flex flex-col gap-6">
        {archivedAt === null && <ServiceStatusPanel serviceId={id} />}
        <ServiceRecord service={service} />
        <ServiceNodes service={service} />
        <ServiceDependents service={service} />
      </div>
    </Page>
  );
}
