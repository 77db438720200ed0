"use client";

import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { OUTCOME_LOOK } from "#components/notifications/notification-words.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { ChannelDto, ChannelTestDto } from "#lib/notifications/schema.ts";

interface ChannelTestPanelProps {
  channel: Pick<ChannelDto, "id" | "kind">;
  test: Action<ChannelTestDto>;
}

/** Sends a test and says exactly what came of it. */
export function ChannelTestPanel({ channel, test }: ChannelTestPanelProps) {
  const [report, setReport] = useState<ChannelTestDto | null>(null);
  const { run, pending, failure } = useAction(test, setReport);
  const look = report === null ? null : OUTCOME_LOOK[report.outcome];
  return (
    <Card aria-label="Test">
      <CardHeader
        title="Test"
        description={
          channel.kind === "email"
            ? "Sends one e-mail to your own address, as the channel is stored."
            : "Sends one message that says that it is a test, as the channel is stored."
        }
        actions={
          <Button pending={pending} onClick={() => run({ id: channel.id })}>
            Send a test
          </Button>
        }
      />
      {(failure !== null || report !== null) && (
        <CardBody>
          <ActionFailureCallout failure={failure} />
          {report !== null && look !== null && failure === null && !pending && (
            <Callout
              state={look.state}
              title={look.words}
              actions={
                <LinkButton size="sm" href={`/notifications/deliveries/${report.deliveryId}`}>
                  Show in the delivery log
                </LinkButton>
              }
            >
              <p className="break-words">{report.detail}</p>
              <p className="text-sm text-ink-muted">
                Tested <Time at={report.testedAt} />.
              </p>
            </Callout>
          )}
        </CardBody>
      )}
    </Card>
  );
}
