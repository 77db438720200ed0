import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";

/** One sandbox service with its store, as they are after a reset. */
export type SandboxDefinition = {
  readonly id: string;
  readonly node: string;
  readonly purpose: string;
  readonly kind: "postgres" | "cassandra";
  /** The database's name, or the keyspace's. */
  readonly database: string;
  readonly namespace: string;
  readonly tables: readonly string[];
  /** `seeded`: made here, as AtlasDB would have; `golden`: restored from what the real AtlasDB wrote. */
  readonly origin: "seeded" | "golden";
  readonly configuration: SandboxConfiguration;
  readonly running: boolean;
  /** The database of a second store, empty, to which its data can be moved. */
  readonly spare?: string;
  /** About how many cells it holds beside the few that every store begins with. */
  readonly cells?: number;
};

/** Everything that the sandbox always rehearses with, besides its TimeLock. */
export const SANDBOX_SERVICES: readonly SandboxDefinition[] = [
  {
    id: "orders",
    node: "orders-1",
    purpose: "Runs on the bound in its own store. Move it to TimeLock.",
    kind: "postgres",
    database: "sandbox_orders",
    namespace: "orders",
    tables: ["shop.orders", "shop.customers", "shop.order_events"],
    origin: "seeded",
    configuration: "embedded",
    running: true,
  },
  {
    id: "billing",
    node: "billing-1",
    purpose: "Already on TimeLock. It must not notice what is done to others.",
    kind: "postgres",
    database: "sandbox_billing",
    namespace: "billing",
    tables: ["billing.invoices", "billing.payments"],
    origin: "seeded",
    configuration: "timelock",
    running: true,
  },
  {
    id: "shipping",
    node: "shipping-1",
    purpose: "Already on TimeLock. Take it back to the bound in its own store.",
    kind: "postgres",
    database: "sandbox_shipping",
    namespace: "shipping",
    tables: ["shipping.parcels", "shipping.routes"],
    origin: "seeded",
    configuration: "timelock",
    running: true,
  },
  {
    id: "loyalty",
    node: "loyalty-1",
    purpose: "Already on TimeLock. Give it the namespace loyalty-new there.",
    kind: "postgres",
    database: "sandbox_loyalty",
    namespace: "loyalty",
    tables: ["loyalty.members", "loyalty.points"],
    origin: "seeded",
    configuration: "timelock",
    running: true,
  },
  {
    id: "golden",
    node: "golden-1",
    purpose: "A store that the real AtlasDB 0.1175.0 wrote. Move it to TimeLock too.",
    kind: "postgres",
    database: "sandbox_golden",
    namespace: "golden",
    tables: ["rehearsal.entries"],
    origin: "golden",
    configuration: "embedded",
    running: false,
  },
  {
    id: "archive",
    node: "archive-1",
    purpose: "Holds some ten thousand cells. Move it to the empty store sandbox_archive_new.",
    kind: "postgres",
    database: "sandbox_archive",
    namespace: "archive",
    tables: ["archive.documents", "archive.revisions", "archive.readers"],
    origin: "seeded",
    configuration: "embedded",
    running: true,
    spare: "sandbox_archive_new",
    cells: 30_000,
  },
];

/** What is there beside them where a Cassandra server runs. AtlasDB wants its keyspace to have the name of its namespace. */
export const CASSANDRA_SERVICE: SandboxDefinition = {
  id: "catalog",
  node: "catalog-1",
  purpose: "Runs on the bound in its own Cassandra keyspace. Move it to TimeLock.",
  kind: "cassandra",
  database: "catalog",
  namespace: "catalog",
  tables: ["catalog.articles", "catalog.prices"],
  origin: "seeded",
  configuration: "embedded",
  running: true,
};
