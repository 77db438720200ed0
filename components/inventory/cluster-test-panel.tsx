"use client";

import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import { TEST_STATES, TestFacts } from "#components/inventory/test-facts.tsx";
import type { ClusterTestReport, NodeTestReport } from "#lib/inventory/schema.ts";

interface ClusterTestPanelProps {
  test: Action<ClusterTestReport>;
  /** What the test is asked with. */
  input: unknown;
  /** Why it cannot be tried now. */
  blockedBecause?: string | null;
}

/** Tries every node of a cluster and says of each what failed. */
export function ClusterTestPanel({ test, input, blockedBecause = null }: ClusterTestPanelProps) {
  const [report, setReport] = useState<ClusterTestReport | null>(null);
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
        description="Reads from every node. Names no namespace, so it creates none and issues no timestamp."
        actions={button}
      />
      <CardBody className="flex flex-col gap-4 empty:pt-0 empty:pb-2">
        <ActionFailureCallout failure={failure} />
        {report !== null && failure === null && !pending && <Report report={report} />}
      </CardBody>
    </Card>
  );
}

function Report({ report }: { report: ClusterTestReport }) {
  return (
    <>
      <Callout state={TEST_STATES[report.verdict]} title={report.summary}>
        <span className="text-sm text-ink-muted">
          Tested <Time at={report.testedAt} />. {namespaceWords(report.namespaces)}
        </span>
      </Callout>
      <ul className="flex flex-col gap-4">
        {report.nodes.map((node) => (
          <NodeResult key={node.url} node={node} />
        ))}
      </ul>
    </>
  );
}

function namespaceWords(namespaces: readonly string[] | null): string {
  if (namespaces === null) return "Which namespaces it has is unknown: no node lists them.";
  if (namespaces.length === 0) return "It lists no namespace yet.";
  return namespaces.length === 1 ? "It lists one namespace." : `It lists ${namespaces.length} namespaces.`;
}

function NodeResult({ node }: { node: NodeTestReport }) {
  return (
    <li className="flex gap-2.5">
      <StateIcon state={TEST_STATES[node.verdict]} className="mt-0.75" />
      <div className="min-w-0 grow">
        <p className="font-mono text-sm break-all text-ink">{node.url}</p>
        <p className="text-base break-words text-ink">{node.message}</p>
        <TestFacts facts={node.facts} />
      </div>
    </li>
  );
}
