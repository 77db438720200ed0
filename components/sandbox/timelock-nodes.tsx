"use client";

import type { SandboxOrders } from "#components/sandbox/use-sandbox-command.ts";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { SandboxNodeView, SandboxStatus } from "#lib/rehearsal/schema.ts";

interface TimelockNodesProps {
  status: SandboxStatus;
  orders: SandboxOrders;
  blockedBecause: string | null;
}

/** The three simulated TimeLock nodes with who leads, and what is stored for each namespace. */
export function TimelockNodes({ status, orders, blockedBecause }: TimelockNodesProps) {
  return (
    <Card aria-labelledby="timelock">
      <CardHeader
        id="timelock"
        title="TimeLock"
        description="Three simulated nodes that speak the real protocol. Stopping one breaks its connections; two are needed."
        actions={
          <StateBadge state={status.quorum ? "pass" : "blocked"}>
            {status.quorum ? "Has quorum" : "No quorum"}
          </StateBadge>
        }
      />
      <CardBody>
        <ul className="flex flex-col divide-y divide-line">
          {status.nodes.map((node) => (
            <NodeRow key={node.id} node={node} orders={orders} blockedBecause={blockedBecause} />
          ))}
        </ul>
        <h3 className="mt-4 text-sm font-medium text-ink-muted">Stored bounds</h3>
        <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
          {status.namespaces.map(({ name, bound }) => (
            <div key={name} className="contents">
              <dt className="font-mono">{name}</dt>
              <dd>
                {bound === null ? (
                  <span className="text-ink-muted">nothing stored</span>
                ) : (
                  <TimestampValue value={bound} label={`bound of ${name}`} />
                )}
              </dd>
            </div>
          ))}
        </dl>
      </CardBody>
    </Card>
  );
}

interface NodeRowProps {
  node: SandboxNodeView;
  orders: SandboxOrders;
  blockedBecause: string | null;
}

function NodeRow({ node, orders, blockedBecause }: NodeRowProps) {
  const kind = node.up ? "stop-node" : "start-node";
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <span className="font-mono font-medium">{node.id}</span>
      <StateBadge state={node.up ? "pass" : "blocked"}>{node.up ? "Up" : "Down"}</StateBadge>
      {node.leads && <Badge tone="accent">leads</Badge>}
      <span className="min-w-0 grow font-mono text-xs break-all text-ink-muted">{node.url}</span>
      <Button
        size="sm"
        pending={orders.isPending}
        blockedBecause={blockedBecause}
        onClick={() => orders.mutate({ kind, node: node.id })}
      >
        {node.up ? `Stop ${node.id}` : `Start ${node.id}`}
      </Button>
    </li>
  );
}
