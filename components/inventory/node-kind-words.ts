import type { ServiceNodeKind } from "#lib/inventory/schema.ts";

/** The kinds of nodes in words. */
export const NODE_KIND_WORDS: Record<ServiceNodeKind, string> = {
  node: "node",
  "disaster-recovery": "disaster recovery",
  "command-line": "command line",
  cron: "cron job",
};
