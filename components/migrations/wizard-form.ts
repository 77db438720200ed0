"use client";

import { useState } from "react";

import type { NewMigrationProps } from "#components/migrations/new-migration.tsx";

export type WizardForm = ReturnType<typeof useWizardForm>;

/** What was chosen so far. What a runbook does not ask for comes from the inventory. */
export function useWizardForm({
  services,
  clusters,
  runbooks,
  initialServiceId,
  initialRunbook,
}: NewMigrationProps) {
  const [serviceId, setServiceId] = useState(initialServiceId ?? "");
  const [chosenRunbook, setChosenRunbook] = useState(initialRunbook);
  const [chosenCluster, setCluster] = useState<string | null>(null);
  const [chosenNamespace, setNamespace] = useState<string | null>(null);
  const service = services.find((one) => one.id === serviceId);
  const offers = runbooks.filter(({ offeredTo }) => service && offeredTo.includes(service.timestampSource));
  const runbook =
    offers.find(({ id }) => id === chosenRunbook) ?? (offers.length === 1 ? offers[0] : undefined);
  const offered = clusters.filter((cluster) => cluster.environmentId === service?.environment.id);
  const only = offered.length === 1 ? offered[0]?.id : undefined;
  const asksForCluster = runbook?.asks === "cluster-and-namespace";
  const wanted = asksForCluster ? (chosenCluster ?? service?.clusterId) : service?.clusterId;
  const clusterId = offered.find((one) => one.id === wanted)?.id ?? (asksForCluster ? only : undefined) ?? "";
  const recorded = service?.namespace ?? (asksForCluster ? service?.name : undefined) ?? "";
  const asked = chosenNamespace ?? (runbook?.asks === "new-namespace" ? "" : recorded);
  const namespace = runbook?.asks === "nothing" ? recorded : asked;
  const choose = (id: string) => {
    setServiceId(id);
    setCluster(null);
    setNamespace(null);
  };
  const setRunbook = (id: string) => {
    setChosenRunbook(id);
    setNamespace(null);
  };
  const values = { serviceId, runbook: runbook?.id ?? "", clusterId, namespace };
  return { values, service, offers, runbook, offered, choose, setRunbook, setCluster, setNamespace };
}

/** What has to be chosen before the systems can be read; null when nothing has. */
export function missingWords({ values, service, runbook }: WizardForm): string | null {
  if (service === undefined) return "Choose a service first.";
  if (!service.canOperate) return `You need the operator role on ${service.environment.name} to do this.`;
  if (runbook === undefined) return "Choose what shall happen first.";
  if (values.clusterId === "") {
    return runbook.asks === "cluster-and-namespace"
      ? "Choose a TimeLock cluster first."
      : "The service has no TimeLock cluster in the inventory. Enter it there first.";
  }
  if (values.namespace === "") {
    return runbook.asks === "new-namespace" ? "Enter the new namespace first." : "Enter the namespace first.";
  }
  return null;
}
