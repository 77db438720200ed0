import type { Metadata } from "next";

import { loadService } from "#app/(console)/services/[serviceId]/load-service.ts";
import { archiveServiceAction, restoreServiceAction } from "#app/(console)/services/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { ServiceActions } from "#components/services/service-actions.tsx";
import { ServiceMigrations } from "#components/services/service-migrations.tsx";
import { ServiceDependents, ServiceNodes, ServiceRecord } from "#components/services/service-parts.tsx";
import { ServiceStatusPanel } from "#components/services/service-status-panel.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { listMigrations } from "#lib/migrations/list-migrations.ts";

export async function generateMetadata({ params }: PageProps<"/services/[serviceId]">): Promise<Metadata> {
  const { answer } = await loadService((await params).serviceId);
  return answer.ok ? pageMetadata(answer.value.name, answer.value.environment) : pageMetadata("Services");
}

export default async function ServicePage({ params }: PageProps<"/services/[serviceId]">) {
  const { answer, canManage, context } = await loadService((await params).serviceId);
  if (!answer.ok) return <RefusedPage label="Services" href="/services" message={answer.message} />;
  const service = answer.value;
  const migrations = await listMigrations(context, { serviceId: service.id });
  const actions = canManage && (
    <ServiceActions
      service={service}
      migrations={migrations}
      archive={archiveServiceAction}
      restore={restoreServiceAction}
    />
  );
  return (
    <Page
      crumbs={[{ label: "Services", href: "/services" }, { label: service.name }]}
      environment={service.environment}
    >
      <PageHeader title={service.name} actions={actions} />
      <ArchivedNote archivedAt={service.archivedAt} />
      <div className="flex flex-col gap-6">
        {service.archivedAt === null && <ServiceStatusPanel serviceId={service.id} />}
        <ServiceRecord service={service} />
        <ServiceNodes service={service} />
        <ServiceDependents service={service} />
        <ServiceMigrations migrations={migrations} />
      </div>
    </Page>
  );
}
