import type { Metadata } from "next";

import { loadCluster } from "#app/(console)/clusters/[clusterId]/load-cluster.ts";

import { testClusterConnectionAction, updateClusterAction } from "#app/(console)/clusters/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ClusterForm } from "#components/inventory/cluster-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({
  params,
}: PageProps<"/clusters/[clusterId]/edit">): Promise<Metadata> {
  const { answer } = await loadCluster((await params).clusterId);
  return answer.ok
    ? pageMetadata(`Edit ${answer.value.name}`, answer.value.environment)
    : pageMetadata("TimeLock clusters");
}

export default async function EditClusterPage({ params }: PageProps<"/clusters/[clusterId]/edit">) {
  const { answer, canManage } = await loadCluster((await params).clusterId);
  if (!answer.ok) return <RefusedPage label="TimeLock clusters" href="/clusters" message={answer.message} />;
  const cluster = answer.value;
  if (!canManage)
    return (
      <RefusedPage
        label="TimeLock clusters"
        href="/clusters"
        message="Changing it takes an administrator of its environment."
      />
    );
  return (
    <Page
      crumbs={[
        { label: "TimeLock clusters", href: "/clusters" },
        { label: cluster.name, href: `/clusters/${cluster.id}` },
        { label: "Edit" },
      ]}
      environment={cluster.environment}
      width="narrow"
    >
      <PageHeader title={`Edit ${cluster.name}`} />
      <ClusterForm
        cluster={cluster}
        environments={[cluster.environment]}
        save={updateClusterAction}
        test={testClusterConnectionAction}
      />
    </Page>
  );
}
