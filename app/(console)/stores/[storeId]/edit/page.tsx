import type { Metadata } from "next";

import { loadStore } from "#app/(console)/stores/[storeId]/load-store.ts";

import { testStoreConnectionAction, updateStoreAction } from "#app/(console)/stores/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { StoreForm } from "#components/inventory/store-form.tsx";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata({ params }: PageProps<"/stores/[storeId]/edit">): Promise<Metadata> {
  const { answer } = await loadStore((await params).storeId);
  return answer.ok
    ? pageMetadata(`Edit ${answer.value.name}`, answer.value.environment)
    : pageMetadata("Stores");
}

export default async function EditStorePage({ params }: PageProps<"/stores/[storeId]/edit">) {
  const { answer, canManage } = await loadStore((await params).storeId);
  if (!answer.ok) return <RefusedPage label="Stores" href="/stores" message={answer.message} />;
  const store = answer.value;
  if (!canManage)
    return (
      <RefusedPage
        label="Stores"
        href="/stores"
        message="Changing it takes an administrator of its environment."
      />
    );
  return (
    <Page
      crumbs={[
        { label: "Stores", href: "/stores" },
        { label: store.name, href: `/stores/${store.id}` },
        { label: "Edit" },
      ]}
      environment={store.environment}
      width="narrow"
    >
      <PageHeader title={`Edit ${store.name}`} />
      <StoreForm
        store={store}
        environments={[store.environment]}
        save={updateStoreAction}
        test={testStoreConnectionAction}
      />
    </Page>
  );
}
