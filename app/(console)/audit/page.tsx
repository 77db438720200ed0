import { AuditFilters } from "#components/audit/audit-filters.tsx";
import { AuditList } from "#components/audit/audit-list.tsx";
import { ProtectionNotice } from "#components/audit/protection-notice.tsx";
import { VerifyChain } from "#components/audit/verify-chain.tsx";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { actionChoices } from "#lib/audit/entry-dto.ts";
import { isAuditProtected } from "#lib/audit/is-audit-protected.ts";
import { AUDIT_READERS, listAuditEntries } from "#lib/audit/list-audit-entries.ts";
import { parseAuditQuery, type PageQuery } from "#lib/audit/schema.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Audit");

export default async function AuditPage({ searchParams }: { searchParams: Promise<PageQuery> }) {
  const { context } = await requirePageContext();
  const filter = parseAuditQuery(await searchParams);
  const page = await readForPage(async () => listAuditEntries(context, filter.data ?? {}));
  const environments = await listEnvironments(context, { archived: "yes" });
  const readsAll = await hasRole(context, AUDIT_READERS, null);
  return (
    <Page crumbs={[{ label: "Audit" }]}>
      <PageHeader
        title="Audit"
        description="Who did what to which system, when, and whether this list can be trusted."
        actions={readsAll && <VerifyChain />}
      />
      {!page.ok && <ErrorState title="You cannot read the audit log">{page.message}</ErrorState>}
      {page.ok && (
        <>
          <ProtectionNotice isProtected={await isAuditProtected()} />
          <AuditFilters
            filter={filter.data ?? {}}
            actions={actionChoices()}
            environments={environments}
            isUnreadable={!filter.success}
          />
          <AuditList page={page.value} filter={filter.data ?? {}} environments={environments} />
        </>
      )}
    </Page>
  );
}
