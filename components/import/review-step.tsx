"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

import { ClusterPart } from "#components/import/cluster-part.tsx";
import { ImportFindings } from "#components/import/import-findings.tsx";
import { errorsUnder } from "#components/import/import-values.ts";
import type { ImportEnvironment } from "#components/import/import-wizard.tsx";
import { ServicePart } from "#components/import/service-part.tsx";
import { StorePart } from "#components/import/store-part.tsx";
import { useReview } from "#components/import/use-review.ts";
import { type Action, type ActionFailure, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import type { ImportMatch, KnownInventory } from "#lib/atlasdb/import-match.ts";
import type { ImportProposal } from "#lib/atlasdb/import-proposal.ts";

interface ReviewStepProps {
  proposal: ImportProposal;
  environment: ImportEnvironment;
  known: KnownInventory;
  save: Action<{ id: string }>;
  onBack: () => void;
}

/** What was read, what AtlasDB's rules say about it, and what will be saved: everything at once, or nothing. */
export function ReviewStep({ proposal, environment, known, save, onBack }: ReviewStepProps) {
  const router = useRouter();
  const review = useReview(proposal, environment, known);
  const { run, pending, failure } = useAction(save, ({ id }) => router.push(`/services/${id}`));
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failure !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failure]);
  const errors = failure?.fields ?? {};
  return (
    <form
      ref={form}
      noValidate
      aria-label="Import the service"
      onSubmit={(event) => {
        event.preventDefault();
        if (review.blockedBecause === null) run(review.input());
      }}
      className="flex flex-col gap-6"
    >
      <ImportFindings findings={proposal.findings} />
      <KnownServices match={review.match} />
      <ServicePart
        form={review.service}
        facts={proposal.facts.filter(({ about }) => about === "service")}
        errors={errorsUnder(errors, "service")}
      />
      <StorePart
        form={review.store}
        proposal={proposal}
        choice={review.storePart}
        errors={errorsUnder(errors, "store")}
        storeError={errors["service.storeId"]}
      />
      {review.needsCluster && (
        <ClusterPart
          form={review.cluster}
          proposal={proposal}
          choice={review.clusterPart}
          errors={errorsUnder(errors, "cluster")}
          clusterError={errors["service.clusterId"]}
        />
      )}
      <Decision review={review} pending={pending} failure={failure} onBack={onBack} />
    </form>
  );
}

interface DecisionProps {
  review: ReturnType<typeof useReview>;
  pending: boolean;
  failure: ActionFailure | null;
  onBack: () => void;
}

function Decision({ review: { acceptance, blockedBecause }, pending, failure, onBack }: DecisionProps) {
  return (
    <div className="flex flex-col gap-3">
      {acceptance.needed && (
        <Checkbox
          label="Record the service although AtlasDB’s rules object to its files"
          hint="The inventory then says what the files say. The files themselves still have to be mended."
          checked={acceptance.accepted}
          onChange={(event) => acceptance.setAccepted(event.target.checked)}
        />
      )}
      <ActionFailureCallout failure={failure} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" pending={pending} blockedBecause={blockedBecause}>
          Import the service
        </Button>
        <Button onClick={onBack}>Back to the files</Button>
      </div>
      {blockedBecause !== null && <p className="text-sm text-ink-muted">{blockedBecause}</p>}
    </div>
  );
}

/** Services that are there already and share the store or the sequence. */
function KnownServices({ match }: { match: ImportMatch }) {
  if (match.services.length === 0) return null;
  return (
    <Callout state="warning" title="The inventory has this store or sequence already" live={false}>
      <ul className="mt-1 flex flex-col gap-1">
        {match.services.map(({ service, because }) => (
          <li key={`${service.id} ${because}`}>
            <Link href={`/services/${service.id}`} className="font-medium underline">
              {service.name}
            </Link>{" "}
            {because}.
          </li>
        ))}
      </ul>
      <p className="mt-1">
        If it is this very service, add its nodes there instead: one service entered twice is stopped only
        half.
      </p>
    </Callout>
  );
}
