import type { Metadata } from "next";

import { loadCluster } from "#app/(console)/clusters/[clusterId]/load-cluster.ts";
import {
  archiveClusterAction,
  restoreClusterAction,
  testClusterConnectionAction,
} from "#app/(console)/clusters/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { ClusterDetails } from "#components/inventory/cluster-details.tsx";
import { ClusterTestPanel } from "#components/inventory/cluster-test-panel.tsx";
import { clusterTestInput } from "#components/inventory/stored-test-inputs.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({ params }: PageProps<"/clusters/[clusterId]">): Promise<Metadata> {
  const { answer } = await loadCluster((await params).clusterId);
  return answer.ok
    ? pageMetadata(answer.value.name, answer.value.environment)
    : pageMetadata("TimeLock clusters");
}

export default async function ClusterPage({ params }: PageProps<"/clusters/[clusterId]">) {
  const { answer, canManage } = await loadCluster((await params).clusterId);
  if (!answer.ok) return <RefusedPage label="TimeLock clusters" href="/clusters" message={answer.message} />;
  const cluster = answer.value;
  const actions = canManage && (
    <>
      <ArchiveControl
        id={cluster.id}
        name={cluster.name}
        version={cluster.version}
        word="TimeLock cluster"
        archived={cluster.archivedAt !== null}
        archive={archiveClusterAction}
        restore={restoreClusterAction}
      />
      {cluster.archivedAt === null && <LinkButton href={`/clusters/${cluster.id}/edit`}>Edit</LinkButton>}
    </>
  );
  return (
    <Page
      crumbs={[{ label: "TimeLock clusters", href: "/clusters" }, { label: cluster.name }]}
      environment={cluster.environment}
    >
      <PageHeader title={cluster.name} actions={actions} />
      <ArchivedNote archivedAt={cluster.archivedAt} />
      <div className="flex flex-col gap-6">
        <ClusterDetails cluster={cluster} />
        {canManage && cluster.archivedAt === null && (
          <ClusterTestPanel test={testClusterConnectionAction} input={clusterTestInput(cluster)} />
        )}
      </div>
    </Page>
  );
}
