import { database } from "#lib/db/client.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import {
  type NamespaceReadings,
  readNamespaceFacts,
  readStoreFacts,
  type StoreReadings,
} from "#lib/inventory/read-service-facts.ts";
import type { ServiceDto, ServiceStatusDto } from "#lib/inventory/schema.ts";
import { serviceStatus } from "#lib/inventory/schema.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { readPastedStore } from "#lib/inventory/read-pasted-store.ts";
import { judgeService, type NamespaceFacts } from "#lib/inventory/service-state.ts";
import { chainOf, findingsOf, readingsOf } from "#lib/inventory/service-views.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * Reads live where a service's timestamps come from, what they are and whether that is healthy. Allocates nothing, creates nothing,
 * writes nothing; takes up to about 8 s where a system does not answer. What cannot be read is unknown, with the reason.
 * @throws AppError `not-found`, `forbidden`
 */
export async function readServiceStatus(ctx: Context, serviceId: string): Promise<ServiceStatusDto> {
  const service = await findService(database(), serviceId);
  await authoriseRead(ctx, service.environment.id);
  const { cluster, namespace } = service;
  const [store, onTimelock] = await Promise.all([
    readPinnedStore(service),
    cluster === null || namespace === null ? null : readNamespaceFacts(cluster.id, namespace),
  ]);
  const verdict = judgeService({
    kind: service.store.kind,
    recorded: service.timestampSource,
    namespace,
    store: store.bound.ok ? store.bound.value.state : null,
    storeUnknownBecause: store.bound.ok ? null : store.bound.reason,
    punch:
      store.punch.ok && store.punch.value.newest.found === "punch"
        ? store.punch.value.newest.timestamp
        : null,
    timelock: namespaceFacts(onTimelock),
  });
  const readings = { service, store, onTimelock };
  return serviceStatus.encode({
    serviceId,
    at: new Date().toISOString(),
    recordedSource: service.timestampSource,
    ...verdict,
    bound: store.bound.ok ? store.bound.value.state : null,
    readings: readingsOf(readings),
    proof: chainOf(readings),
    findings: findingsOf(readings),
  });
}

/** What another database at the store's address says would be taken for this store's: it is not shown at all. */
async function readPinnedStore(service: ServiceDto): Promise<StoreReadings> {
  const [{ identity }, readings] = await Promise.all([
    findStore(database(), service.store.id),
    service.store.kind === "oracle" ? readPastedStore(service.store) : readStoreFacts(service.store.id),
  ]);
  if (identity === null || !readings.bound.ok) return readings;
  const difference = identityDifference(identity, readings.bound.value.identity);
  if (difference === null) return readings;
  const refused = {
    ok: false,
    reason: `Something else than the store ${service.store.name} answers at its address: ${difference}.`,
  } as const;
  return { bound: refused, punch: refused };
}

function namespaceFacts(readings: NamespaceReadings | null): NamespaceFacts {
  if (readings === null) return { state: "not-configured" };
  const { health, learned } = readings;
  if (!learned.ok) return { state: "unknown", reason: learned.reason };
  const quorumLost = health.ok && health.value.quorum.state === "lost" ? health.value.quorum.reason : null;
  switch (learned.value.state) {
    case "known":
      return { state: "bound", bound: learned.value.bound, quorumLost };
    case "none":
      return { state: "exists", quorumLost };
    case "absent":
      return { state: "absent" };
    case "unknown":
      return { state: "unknown", reason: learned.value.reason };
  }
}
