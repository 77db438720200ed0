import { Time } from "#components/live/time.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import type { PolicyDto } from "#lib/approvals/schema.ts";

/** Who changed the policy when and why; no version is ever changed itself. */
export function PolicyHistory({ history }: { history: PolicyDto["history"] }) {
  if (history.length === 0) return null;
  return (
    <Card aria-label="History of the policy">
      <CardHeader title="History of the policy" />
      <CardBody>
        <ol className="flex flex-col gap-3">
          {history.map((version) => (
            <li key={version.version}>
              <p className="text-ink">
                <span className="tabular font-medium">Version {version.version}</span>{" "}
                <span className="text-ink-muted">
                  by {version.setBy}, <Time at={version.setAt} mode="absolute" />
                </span>
              </p>
              <p className="break-words text-ink-muted">{version.reason}</p>
            </li>
          ))}
        </ol>
      </CardBody>
    </Card>
  );
}
