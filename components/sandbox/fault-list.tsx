"use client";

import { FAULT_WORDS } from "#components/sandbox/sandbox-words.ts";
import type { SandboxOrders } from "#components/sandbox/use-sandbox-command.ts";
import { Button } from "#components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { SandboxFaultState } from "#lib/rehearsal/schema.ts";

interface FaultListProps {
  faults: readonly SandboxFaultState[];
  orders: SandboxOrders;
  blockedBecause: string | null;
}

/** What can be made to go wrong, each with what it does and how it ends. */
export function FaultList({ faults, orders, blockedBecause }: FaultListProps) {
  return (
    <Card aria-labelledby="faults">
      <CardHeader
        id="faults"
        title="Faults"
        description="What happens on bad days, on demand. The migration must come through all of them."
      />
      <CardBody>
        <ul className="flex flex-col divide-y divide-line">
          {faults.map(({ fault, armed }) => (
            <li key={fault} className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
              <div className="min-w-0 grow basis-56">
                <p className="flex flex-wrap items-center gap-2 font-medium text-ink">
                  {FAULT_WORDS[fault].title}
                  {armed && <StateBadge state="warning">Armed</StateBadge>}
                </p>
                <p className="text-sm text-ink-muted">{FAULT_WORDS[fault].does}</p>
              </div>
              <Button
                size="sm"
                aria-label={`${FAULT_WORDS[fault].title}: ${armed ? FAULT_WORDS[fault].clear : FAULT_WORDS[fault].set}`}
                pending={orders.isPending}
                blockedBecause={blockedBecause}
                onClick={() => orders.mutate({ kind: armed ? "clear-fault" : "set-fault", fault })}
              >
                {armed ? FAULT_WORDS[fault].clear : FAULT_WORDS[fault].set}
              </Button>
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}
