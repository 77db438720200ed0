"use client";

import { useState } from "react";

import { ConfigurationFiles } from "#components/sandbox/configuration-files.tsx";
import { SERVICE_STATE_LOOK, configurationWords, orderWords } from "#components/sandbox/sandbox-words.ts";
import { StateWord } from "#components/sandbox/state-word.tsx";
import type { SandboxOrders } from "#components/sandbox/use-sandbox-command.ts";
import { Time } from "#components/live/time.tsx";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { Select } from "#components/ui/select.tsx";
import {
  SANDBOX_CONFIGURATIONS,
  type SandboxServiceView,
  sandboxConfiguration,
} from "#lib/rehearsal/schema.ts";

interface ServiceCardProps {
  service: SandboxServiceView;
  orders: SandboxOrders;
  blockedBecause: string | null;
}

/** One simulated service: how it is, what it was issued, and the switch. */
export function ServiceCard({ service, orders, blockedBecause }: ServiceCardProps) {
  const look = SERVICE_STATE_LOOK[service.state];
  const order = orderWords(service);
  return (
    <Card aria-label={service.id} className="flex flex-col">
      <CardHeader
        level={3}
        title={service.id}
        description={service.purpose}
        actions={<StateWord look={look} />}
      />
      <CardBody className="flex grow flex-col gap-4">
        {service.detail !== null && (
          <Callout state={look.state ?? "warning"} live={false}>
            <span className="text-sm break-words">{service.detail}</span>
          </Callout>
        )}
        <KeyValues
          columns={2}
          items={[
            { label: "Node", value: <span className="font-mono">{service.node}</span> },
            { label: "Since", value: <Time at={service.since} /> },
            { label: "Timestamps issued", value: <StateWord look={order} /> },
            {
              label: "Last issued",
              value:
                service.lastIssued === null ? (
                  "none since the sandbox started"
                ) : (
                  <TimestampValue value={service.lastIssued} label={`last timestamp of ${service.id}`} />
                ),
            },
            { label: "Committed", value: service.commits },
            {
              label: "Last punch",
              value: service.lastPunchAt === null ? "none yet" : <Time at={service.lastPunchAt} />,
            },
          ]}
        />
        <OrderFaults service={service} />
        <ConfigurationFiles service={service} />
      </CardBody>
      <ServiceSwitch service={service} orders={orders} blockedBecause={blockedBecause} />
    </Card>
  );
}

function OrderFaults({ service }: { service: SandboxServiceView }) {
  const last = service.faults.at(-1);
  if (last === undefined) return null;
  return (
    <Callout state="blocked" title="Timestamps went backwards" live={false}>
      <span className="text-sm">
        It was issued <TimestampValue value={last.issued} copy={false} /> although{" "}
        <TimestampValue value={last.highestBefore} copy={false} /> had been issued before. On a real service
        this is data corruption. Reset the sandbox to begin again.
      </span>
    </Callout>
  );
}

function ServiceSwitch({ service, orders, blockedBecause }: ServiceCardProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const configuration = sandboxConfiguration.catch(service.configuration).parse(chosen);
  const active = ["starting", "running", "waiting"].includes(service.state);
  if (active) {
    return (
      <CardFooter className="justify-between">
        <span className="text-sm text-ink-muted">
          {configurationWords(service.configuration, service.namespace)}
        </span>
        <Button
          pending={orders.isPending}
          blockedBecause={blockedBecause}
          onClick={() => orders.mutate({ kind: "stop-service", service: service.id })}
        >
          Stop {service.node}
        </Button>
      </CardFooter>
    );
  }
  return (
    <CardFooter className="justify-between">
      <Field label={`Configuration of ${service.node}`} hideLabel className="min-w-0 grow basis-52">
        <Select value={configuration} onChange={(event) => setChosen(event.target.value)}>
          {SANDBOX_CONFIGURATIONS.map((option) => (
            <option key={option} value={option}>
              {configurationWords(option, service.namespace)}
            </option>
          ))}
        </Select>
      </Field>
      <Button
        pending={orders.isPending}
        blockedBecause={blockedBecause}
        onClick={() => orders.mutate({ kind: "start-service", service: service.id, configuration })}
      >
        Start {service.node}
      </Button>
    </CardFooter>
  );
}
