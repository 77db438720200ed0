import type { Metadata } from "next";

import { loadStore } from "#app/(console)/stores/[storeId]/load-store.ts";
import {
  archiveStoreAction,
  pinPastedIdentityAction,
  pinStoreIdentityAction,
  restoreStoreAction,
  testStoreConnectionAction,
} from "#app/(console)/stores/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import { ArchivedNote } from "#components/inventory/archived-note.tsx";
import { OraclePanel } from "#components/inventory/oracle-panel.tsx";
import { StoreDetails } from "#components/inventory/store-details.tsx";
import { StoreTestPanel } from "#components/inventory/store-test-panel.tsx";
import { storeTestInput } from "#components/inventory/stored-test-inputs.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { MoveStoreLinks } from "#components/inventory/move-store-links.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { AppError } from "#lib/errors.ts";
import { oracleTargetOf } from "#lib/inventory/oracle-target.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import { renderOracleRead } from "#lib/stores/oracle/manual.ts";

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
      {store.archivedAt === null && store.connection.kind !== "oracle" && <MoveStoreLinks store={store} />}
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
        {store.archivedAt === null && <Trial store={store} canManage={canManage} />}
      </div>
    </Page>
  );
}

/** The connection test, or for Oracle, to which nothing connects, the command that is run by hand. */
function Trial({ store, canManage }: { store: StoreDto; canManage: boolean }) {
  const seen = { id: store.id, seenVersion: store.version };
  if (store.connection.kind === "oracle")
    return (
      <OraclePanel
        command={readCommand(store)}
        pin={
          canManage ? { action: pinPastedIdentityAction, seen, pinned: store.identity !== null } : undefined
        }
      />
    );
  if (!canManage) return null;
  return (
    <StoreTestPanel
      test={testStoreConnectionAction}
      input={storeTestInput(store)}
      pin={{ action: pinStoreIdentityAction, input: seen }}
    />
  );
}

function readCommand(store: StoreDto): string | null {
  try {
    return renderOracleRead(oracleTargetOf(store)).shell;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
