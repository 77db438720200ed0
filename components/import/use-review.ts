"use client";

import { useState } from "react";

import type { ImportEnvironment } from "#components/import/import-wizard.tsx";
import {
  clusterValuesOf,
  importInput,
  type PartChoice,
  serviceValuesOf,
  storeValuesOf,
} from "#components/import/import-values.ts";
import { useFormValues } from "#components/inventory/use-form-values.ts";
import { type KnownInventory, matchInventory } from "#lib/atlasdb/import-match.ts";
import type { ImportProposal } from "#lib/atlasdb/import-proposal.ts";

/** Everything that is typed and chosen in the review of one reading. */
export function useReview(proposal: ImportProposal, environment: ImportEnvironment, known: KnownInventory) {
  const [match] = useState(() => matchInventory(proposal, environment.id, known));
  const here = (one: { environmentId: string }) => one.environmentId === environment.id;
  const needsCluster = proposal.service.timestampSource === "timelock";
  const stores = known.stores.filter(here);
  const clusters = known.clusters.filter(here);
  const [storeChoice, setStoreChoice] = useState(() =>
    choiceOf(match.store, proposal.store !== null || stores.length === 0),
  );
  const [clusterChoice, setClusterChoice] = useState(() =>
    choiceOf(match.cluster, proposal.cluster !== null || clusters.length === 0),
  );
  const store = useFormValues(storeValuesOf(proposal.store, environment.id));
  const cluster = useFormValues(clusterValuesOf(proposal));
  const service = useFormValues(serviceValuesOf(proposal));
  const [accepted, setAccepted] = useState(false);
  const blocking = proposal.findings.some(({ severity }) => severity === "blocking");
  const isNew = storeChoice.use === "new" || (needsCluster && clusterChoice.use === "new");
  const input = () =>
    importInput({
      environmentId: environment.id,
      proposal,
      store: { choice: storeChoice, values: store.values },
      cluster: needsCluster ? { choice: clusterChoice, values: cluster.values } : null,
      service: service.values,
    });
  return {
    match,
    needsCluster,
    store,
    cluster,
    service,
    storePart: {
      word: "store",
      choice: storeChoice,
      onChange: setStoreChoice,
      existing: stores,
      match: match.store,
    },
    clusterPart: {
      word: "TimeLock cluster",
      choice: clusterChoice,
      onChange: setClusterChoice,
      existing: clusters,
      match: match.cluster,
    },
    acceptance: { needed: blocking, accepted, setAccepted },
    blockedBecause: whyNot(isNew && !environment.administers, blocking && !accepted),
    input,
  };
}

/** What is there already is used; where the files name nothing, one that is there has to be chosen, if there is any. */
function choiceOf(match: { readonly id: string } | null, isNew: boolean): PartChoice {
  if (match !== null) return { use: "existing", id: match.id };
  return { use: isNew ? "new" : "existing", id: "" };
}

function whyNot(forbidden: boolean, unaccepted: boolean): string | null {
  if (forbidden)
    return "A new store or TimeLock cluster takes an administrator of this environment. Choose one that is there already, or ask one.";
  if (unaccepted) return "Read the blocking findings, then tick the box above the button.";
  return null;
}
