import type { Metadata } from "next";

import { loadService } from "#app/(console)/services/[serviceId]/load-service.ts";
import { loadChoices } from "#app/(console)/services/load-choices.ts";
import { updateServiceAction } from "#app/(console)/services/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ServiceForm } from "#components/inventory/service-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({
  params,
}: PageProps<"/services/[serviceId]/edit">): Promise<Metadata> {
  const { answer } = await loadService((await params).serviceId);
  return answer.ok
    ? pageMetadata(`Edit ${answer.value.name}`, answer.value.environment)
    : pageMetadata("Services");
}

export default async function EditServicePage({ params }: PageProps<"/services/[serviceId]/edit">) {
  const { answer, canManage, context } = await loadService((await params).serviceId);
  if (!answer.ok) return <RefusedPage label="Services" href="/services" message={answer.message} />;
  const service = answer.value;
  if (!canManage)
    return (
      <RefusedPage
        label="Services"
        href="/services"
        message="Changing it takes an operator or administrator of its environment."
      />
    );
  const choices = await loadChoices(context);
  return (
    <Page
      crumbs={[
        { label: "Services", href: "/services" },
        { label: service.name, href: `/services/${service.id}` },
        { label: "Edit" },
      ]}
      environment={service.environment}
      width="narrow"
    >
      <PageHeader title={`Edit ${service.name}`} />
      <ServiceForm
        service={service}
        environments={[service.environment]}
        {...choices}
        save={updateServiceAction}
      />
    </Page>
  );
}
