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
  type SandboxConfiguration,
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
  const [chosen, setChosen] = useState<SandboxConfiguration | null>(null);
  const isActive = ["starting", "running", "waiting"].includes(service.state);
  const configuration = isActive ? service.configuration : (chosen ?? service.configuration);
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
        <ConfigurationFiles service={service} configuration={configuration} />
      </CardBody>
      {isActive ? (
        <StopService service={service} orders={orders} blockedBecause={blockedBecause} />
      ) : (
        <StartService
          service={service}
          orders={orders}
          blockedBecause={blockedBecause}
          configuration={configuration}
          choose={setChosen}
        />
      )}
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

function StopService({ service, orders, blockedBecause }: ServiceCardProps) {
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

interface StartServiceProps extends ServiceCardProps {
  configuration: SandboxConfiguration;
  choose: (configuration: SandboxConfiguration) => void;
}

function StartService({ service, orders, blockedBecause, configuration, choose }: StartServiceProps) {
  return (
    <CardFooter className="justify-between">
      <Field label={`Configuration of ${service.node}`} hideLabel className="min-w-0 grow basis-52">
        <Select
          value={configuration}
          onChange={(event) => choose(sandboxConfiguration.parse(event.target.value))}
        >
          {service.files.map((option) => (
            <option key={option.configuration} value={option.configuration}>
              {configurationWords(option.configuration, service.namespace)}
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
