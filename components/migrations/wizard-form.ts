"use client";

import { useState } from "react";

import { offersFor } from "#components/migrations/offers.ts";
import type {
  NewMigrationProps,
  WizardRunbook,
  WizardService,
  WizardStore,
} from "#components/migrations/new-migration.tsx";

export type WizardForm = ReturnType<typeof useWizardForm>;

type TimestampsOf = WizardService["timestampSource"];

/** What was chosen so far. What a runbook does not ask for comes from the inventory. */
export function useWizardForm(props: NewMigrationProps) {
  const { services, runbooks, initialServiceId, initialRunbook } = props;
  const [serviceId, setServiceId] = useState(initialServiceId ?? "");
  const [chosenRunbook, setChosenRunbook] = useState(initialRunbook);
  const [chosenCluster, setCluster] = useState<string | null>(null);
  const [chosenNamespace, setNamespace] = useState<string | null>(null);
  const [chosenStore, setStore] = useState(props.initialDestinationId);
  const [chosenTimestamps, setTimestamps] = useState<TimestampsOf | null>(null);
  const service = services.find((one) => one.id === serviceId);
  const offers = service ? offersFor(runbooks, service.timestampSource) : [];
  const runbook =
    offers.find(({ id }) => id === chosenRunbook) ?? (offers.length === 1 ? offers[0] : undefined);
  const offered = props.clusters.filter((cluster) => cluster.environmentId === service?.environment.id);
  const stores = props.stores.filter((store) => store.environmentId === service?.environment.id);
  const movesStore = runbook?.asks === "destination-store";
  const destination = movesStore ? stores.find(({ id }) => id === chosenStore) : undefined;
  const timestamps = timestampsOf(service, chosenTimestamps);
  const clusterId = clusterOf(runbook, service, offered, { chosenCluster, timestamps });
  const namespace = namespaceOf(runbook, service, { chosenNamespace, timestamps, destination });
  const choose = (id: string) => {
    setServiceId(id);
    setCluster(null);
    setNamespace(null);
    setStore(null);
    setTimestamps(null);
  };
  const setRunbook = (id: string) => {
    setChosenRunbook(id);
    setNamespace(null);
  };
  const values = {
    serviceId,
    runbook: runbook?.id ?? "",
    // Between two embedded bounds there is neither.
    ...(!(movesStore && timestamps === "embedded") && { clusterId, namespace }),
    ...(movesStore && { destinationStoreId: destination?.id ?? "", destinationTimestamps: timestamps }),
  };
  return {
    namespace,
    clusterId,
    values,
    service,
    offers,
    runbook,
    offered,
    stores,
    destination,
    timestamps,
    choose,
    setRunbook,
    setCluster,
    setNamespace,
    setStore,
    setTimestamps,
  };
}

/** A service on TimeLock stays there while its store is moved; an embedded one may be moved to TimeLock with it. */
function timestampsOf(service: WizardService | undefined, chosen: TimestampsOf | null): TimestampsOf {
  return service?.timestampSource === "timelock" ? "timelock" : (chosen ?? "embedded");
}

/** Whether the service leaves its namespace for another one, with its data or without. */
export function isRename(runbook: WizardRunbook | undefined): boolean {
  return runbook?.asks === "new-namespace" || runbook?.id === "rename-and-move";
}

/** Whether a cluster is to be chosen, and not just taken from the inventory. */
function asksForCluster(runbook: WizardRunbook | undefined, timestamps: TimestampsOf): boolean {
  if (runbook?.asks === "destination-store") return timestamps === "timelock";
  return runbook?.asks === "cluster-and-namespace";
}

function clusterOf(
  runbook: WizardRunbook | undefined,
  service: WizardService | undefined,
  offered: readonly { readonly id: string }[],
  { chosenCluster, timestamps }: { chosenCluster: string | null; timestamps: TimestampsOf },
): string {
  const asks = asksForCluster(runbook, timestamps);
  const wanted = asks ? (chosenCluster ?? service?.clusterId) : service?.clusterId;
  const known = offered.find(({ id }) => id === wanted)?.id;
  if (known !== undefined) return known;
  return asks && offered.length === 1 ? (offered[0]?.id ?? "") : "";
}

function namespaceOf(
  runbook: WizardRunbook | undefined,
  service: WizardService | undefined,
  {
    chosenNamespace,
    timestamps,
    destination,
  }: {
    chosenNamespace: string | null;
    timestamps: TimestampsOf;
    destination: WizardStore | undefined;
  },
): string {
  const named = asksForCluster(runbook, timestamps) ? service?.name : undefined;
  // AtlasDB wants a keyspace to have the name of its namespace.
  const recorded = destination?.keyspace ?? service?.namespace ?? named ?? "";
  if (runbook?.asks === "nothing") return recorded;
  return chosenNamespace ?? (isRename(runbook) ? (destination?.keyspace ?? "") : recorded);
}

/** What has to be chosen before the systems can be read; null when nothing has. */
export function missingWords(form: WizardForm): string | null {
  const { values, service, runbook, destination, timestamps } = form;
  if (service === undefined) return "Choose a service first.";
  if (!service.canOperate) return `You need the operator role on ${service.environment.name} to do this.`;
  if (runbook === undefined) return "Choose what shall happen first.";
  if (runbook.asks === "destination-store" && destination === undefined)
    return "Choose the store to move to first.";
  if (values.clusterId === "") {
    return asksForCluster(runbook, timestamps)
      ? "Choose a TimeLock cluster first."
      : "The service has no TimeLock cluster in the inventory. Enter it there first.";
  }
  if (values.namespace === "") {
    return isRename(runbook) ? "Enter the new namespace first." : "Enter the namespace first.";
  }
  return null;
}
