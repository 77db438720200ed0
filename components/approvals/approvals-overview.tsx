import Link from "next/link";

import { ApprovalIcon } from "#components/approvals/approval-icon.tsx";
import { tallyWords } from "#components/approvals/approval-words.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";

interface ApprovalsOverviewProps {
  approvals: readonly UnitApproval[];
  /** Where a unit is asked for: the page of the migration. */
  migrationHref: string;
}

/** Every unit that needs people, so that all of it can be asked for before clients stop. */
export function ApprovalsOverview({ approvals, migrationHref }: ApprovalsOverviewProps) {
  const asked = approvals.filter(({ status }) => status.state !== "not-needed");
  if (asked.length === 0) return null;
  return (
    <section aria-label="Approvals">
      <h2 className="mb-2 text-sm font-medium text-ink-muted">Approvals</h2>
      <ul className="flex flex-col gap-2.5">
        {asked.map((approval) => (
          <li key={approval.unit} className="text-sm">
            <Link
              href={`${migrationHref}?step=${approval.stepIds[0] ?? ""}`}
              className="font-medium text-ink hover:underline"
            >
              {approval.title}
            </Link>
            <Standing approval={approval} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ approval }: { approval: UnitApproval }) {
  return (
    <p className="flex items-center gap-1.5 text-ink-muted">
      <ApprovalIcon state={approval.status.state} className="size-3.5" />
      {tallyWords(approval.status)}
    </p>
  );
}
