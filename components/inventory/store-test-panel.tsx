"use client";

import { useState } from "react";

import { TEST_STATES, TestFacts } from "#components/inventory/test-facts.tsx";
import { Time } from "#components/live/time.tsx";
import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { StoreTestReport } from "#lib/inventory/schema.ts";

interface StoreTestPanelProps {
  test: Action<StoreTestReport>;
  /** What the test is asked with. */
  input: unknown;
  blockedBecause?: string | null;
  /** Offered when another database answers than the pinned one. */
  pin?: { action: Action; input: unknown } | undefined;
}

/** Tries a store from name look-up to rights and says what failed first. */
export function StoreTestPanel({ test, input, blockedBecause = null, pin }: StoreTestPanelProps) {
  const [report, setReport] = useState<StoreTestReport | null>(null);
  const { run, pending, failure } = useAction(test, setReport);
  const button = (
    <Button pending={pending} blockedBecause={blockedBecause} onClick={() => run(input)}>
      Test connection
    </Button>
  );
  return (
    <Card aria-label="Connection test">
      <CardHeader
        title="Connection test"
        description="Reads with the values above, changes nothing, and takes no lock that AtlasDB would notice."
        actions={button}
      />
      <CardBody className="flex flex-col gap-4 empty:pt-0 empty:pb-2">
        <ActionFailureCallout failure={failure} />
        {report !== null && failure === null && !pending && <Report report={report} pin={pin} />}
      </CardBody>
    </Card>
  );
}

function Report({ report, pin }: { report: StoreTestReport; pin: StoreTestPanelProps["pin"] }) {
  const worst = report.stages.some(({ verdict }) => verdict === "warning") ? "warning" : "pass";
  const replaced = report.stages.some(
    ({ code, verdict }) => code === "identity-changed" && verdict === "failed",
  );
  return (
    <>
      <Callout state={report.ok ? worst : "blocked"} title={report.summary}>
        <span className="text-sm text-ink-muted">
          Tested <Time at={report.testedAt} />.
        </span>
      </Callout>
      <ol className="flex flex-col gap-2">
        {report.stages.map((stage) => (
          <li key={`${stage.stage} ${stage.code}`} className="flex gap-2.5">
            <StateIcon state={TEST_STATES[stage.verdict]} className="mt-0.75" />
            <p className="min-w-0 break-words text-ink">
              <span className="text-ink-muted">{stage.stage}: </span>
              {stage.message}
            </p>
          </li>
        ))}
      </ol>
      <TestFacts facts={report.facts} />
      {replaced && pin !== undefined && <PinAnew pin={pin} />}
    </>
  );
}

function PinAnew({ pin }: { pin: { action: Action; input: unknown } }) {
  const { run, pending, failure } = useAction(pin.action);
  return (
    <div className="flex flex-col gap-2">
      <ActionFailureCallout failure={failure} />
      <div>
        <Button pending={pending} onClick={() => run(pin.input)}>
          Take this database for the store
        </Button>
      </div>
    </div>
  );
}
