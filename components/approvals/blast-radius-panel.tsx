import Link from "next/link";
import type { ReactNode } from "react";

import { Section } from "#components/migrations/section.tsx";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";

/** Who feels it: the clients that stand still, what depends on them, and who shares the store or the namespace. */
export function BlastRadiusPanel({ radius }: { radius: ApprovalRequestDto["blastRadius"] }) {
  const { nodes, dependents, services, summary } = radius;
  return (
    <Section title="Blast radius">
      <p className="text-ink">{summary}</p>
      <dl className="mt-3 grid gap-x-8 gap-y-4 sm:grid-cols-3">
        <Group title="Clients" none="None is recorded: which there are is unknown.">
          {nodes.map((node) => (
            <li key={`${node.name} ${node.address}`}>
              <span className="font-medium text-ink">{node.name}</span>{" "}
              <span className="text-ink-muted">{node.kind}</span>
              {node.address !== "" && (
                <code className="block font-mono text-sm break-all text-ink-muted">{node.address}</code>
              )}
            </li>
          ))}
        </Group>
        <Group title="Depend on them" none="Nobody is recorded: who depends on them is unknown.">
          {dependents.map((dependent) => (
            <li key={`${dependent.name} ${dependent.note}`}>
              <span className="font-medium text-ink">{dependent.name}</span>
              {dependent.note !== "" && (
                <span className="block break-words text-ink-muted">{dependent.note}</span>
              )}
            </li>
          ))}
        </Group>
        <Group title="Share its systems" none="No other service in this console does.">
          {services.map((service) => (
            <li key={service.id}>
              <Link
                href={`/services/${service.id}`}
                className="font-medium text-accent underline underline-offset-2"
              >
                {service.name}
              </Link>
              <span className="block break-words text-ink-muted">{service.shares}</span>
            </li>
          ))}
        </Group>
      </dl>
    </Section>
  );
}

function Group({ title, none, children }: { title: string; none: string; children: readonly ReactNode[] }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-ink-muted">{title}</dt>
      <dd className="mt-0.5">
        {children.length === 0 ? (
          <p className="text-ink-muted">{none}</p>
        ) : (
          <ul className="flex flex-col gap-1.5">{children}</ul>
        )}
      </dd>
    </div>
  );
}
