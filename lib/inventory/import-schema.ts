import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";
import { createClusterInput, createStoreInput, importedServiceFields } from "#lib/inventory/schema.ts";

const existing = z.strictObject({
  use: z.literal("existing"),
  id: shown(z.uuid("Choose one of the list, or add a new one.")),
});

/** Where one imported value stood: the node and file as they were called on the page, and the line. */
const importedSource = z.strictObject({
  about: z.enum(["service", "store", "cluster"]),
  field: z.string().max(100),
  node: z.string().max(300),
  file: z.enum(["install", "runtime"]),
  line: z.int().min(1),
});

/**
 * A service as it was read from its AtlasDB configuration and reviewed: the store and the cluster are either there already or new.
 * `environmentId` of a new part is the import's own. The files themselves are not sent: what is needed of them stands in the fields.
 */
export const importServiceInput = z
  .strictObject({
    environmentId: shown(z.uuid()),
    store: z.discriminatedUnion("use", [
      existing,
      z.strictObject({ use: z.literal("new"), fields: createStoreInput }),
    ]),
    cluster: z.discriminatedUnion("use", [
      z.strictObject({ use: z.literal("none") }),
      existing,
      z.strictObject({ use: z.literal("new"), fields: createClusterInput }),
    ]),
    service: z.strictObject(importedServiceFields),
    sources: shown(z.array(importedSource).max(500)),
  })
  .superRefine(({ cluster, service }, context) => {
    if (service.timestampSource === "embedded") return;
    if (cluster.use === "none")
      context.addIssue({
        code: "custom",
        path: ["cluster", "use"],
        message: "Choose the TimeLock cluster that the service uses.",
      });
    if (service.namespace === null)
      context.addIssue({
        code: "custom",
        path: ["service", "namespace"],
        message: "Enter the namespace that the service uses.",
      });
  });
export type ImportServiceInput = z.output<typeof importServiceInput>;

/** What the audit row of an import says; each thing that it created has a row of its own. */
export const importRecord = z.strictObject({
  environmentId: shown(z.uuid()),
  storeId: shown(z.uuid()),
  newStore: shown(z.boolean()),
  clusterId: shown(z.uuid().nullable()),
  newCluster: shown(z.boolean()),
  sources: importServiceInput.shape.sources,
});
