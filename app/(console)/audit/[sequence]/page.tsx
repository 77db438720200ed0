import { notFound } from "next/navigation";

import { AuditEntryDetails } from "#components/audit/audit-entry-details.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { Card, CardBody } from "#components/ui/card.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getAuditEntry } from "#lib/audit/get-audit-entry.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { parseLong } from "#lib/timestamps/long.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Audit entry");

export default async function AuditEntryPage({ params }: { params: Promise<{ sequence: string }> }) {
  const { context } = await requirePageContext();
  const sequence = parseLong((await params).sequence) ?? notFound();
  const found = await readForPage(async () => getAuditEntry(context, sequence));
  const environments = await listEnvironments(context, { archived: "yes" });
  return (
    <Page crumbs={[{ label: "Audit", href: "/audit" }, { label: `Entry ${sequence}` }]} width="narrow">
      {found.ok ? (
        <>
          <PageHeader title={`Entry ${sequence}: ${found.value.actorName} ${found.value.words}`} />
          <Card>
            <CardBody>
              <AuditEntryDetails entry={found.value} environments={environments} />
            </CardBody>
          </Card>
        </>
      ) : (
        <ErrorState title="You cannot read this entry">{found.message}</ErrorState>
      )}
    </Page>
  );
}
