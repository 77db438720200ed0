import type { Metadata } from "next";

import { loadStore } from "#app/(console)/stores/[storeId]/load-store.ts";
import {
  archiveStoreAction,
  pinStoreIdentityAction,
  restoreStoreAction,
  testStoreConnectionAction,
} from "#app/(console)/stores/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { StoreDetails } from "#components/inventory/store-details.tsx";
import { StoreTestPanel } from "#components/inventory/store-test-panel.tsx";
import { storeTestInput } from "#components/inventory/stored-test-inputs.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({ params }: PageProps<"/stores/[storeId]">): Promise<Metadata> {
  const { answer } = await loadStore((await params).storeId);
  return answer.ok ? pageMetadata(answer.value.name, answer.value.environment) : pageMetadata("Stores");
}

export default async function StorePage({ params }: PageProps<"/stores/[storeId]">) {
  const { answer, canManage } = await loadStore((await params).storeId);
  if (!answer.ok) return <RefusedPage label="Stores" href="/stores" message={answer.message} />;
  const store = answer.value;
  const actions = canManage && (
    <>
      <ArchiveControl
        id={store.id}
        name={store.name}
        version={store.version}
        word="store"
        archived={store.archivedAt !== null}
        archive={archiveStoreAction}
        restore={restoreStoreAction}
      />
      {store.archivedAt === null && <LinkButton href={`/stores/${store.id}/edit`}>Edit</LinkButton>}
    </>
  );
  return (
    <Page
      crumbs={[{ label: "Stores", href: "/stores" }, { label: store.name }]}
      environment={store.environment}
    >
      <PageHeader title={store.name} actions={actions} />
      <ArchivedNote archivedAt={store.archivedAt} />
      <div className="flex flex-col gap-6">
        <StoreDetails store={store} />
        {canManage && store.archivedAt === null && (
          <StoreTestPanel
            test={testStoreConnectionAction}
            input={storeTestInput(store)}
            pin={{ action: pinStoreIdentityAction, input: { id: store.id, seenVersion: store.version } }}
          />
        )}
      </div>
    </Page>
  );
}
