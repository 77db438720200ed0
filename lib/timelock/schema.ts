import { z } from "zod";

/** Base paths that are known to be in use: the open-source launcher serves at the root, production servers under the prefix. */
export const KNOWN_BASE_PATHS = ["", "/timelock/api"] as const;

/** How long AtlasDB's own client waits for TimeLock, which retries up to ten times while quorum is lost. Source: atlasdb-facts A.4 */
export const QUORUM_LOSS_WINDOW_MS = 12_600;

const NODES_MAX = 15;
const PEM = /^-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----\s*$/;

function addressProblem(text: string, pathAllowed: boolean): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return "must be an address like https://timelock-1:8421";
  }
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.search !== "" || url.hash !== "") return "must end after the port";
  if (!pathAllowed && url.pathname !== "/")
    return "must end after the port; the path belongs in the base path";
  return null;
}

function address(pathAllowed: boolean) {
  return z
    .string()
    .trim()
    .superRefine((text, context) => {
      const problem = addressProblem(text, pathAllowed);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    })
    .transform((text) => normalAddress(text));
}

/** The one spelling of an address: scheme, lower-case host, port unless it is the scheme's own, path without a slash at its end. */
export function normalAddress(text: string): string {
  const url = URL.parse(text);
  return url === null ? text : `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

const pem = z
  .string()
  .regex(PEM, "must be PEM text, from -----BEGIN to -----END; a JKS key store has to be converted first");

/** What a TLS connection to a cluster trusts and presents; all PEM. Without `ca` the system's authorities are trusted. */
export const timelockTlsSchema = z
  .strictObject({
    ca: pem.optional(),
    cert: pem.optional(),
    key: pem.optional(),
    serverName: z.string().trim().min(1).max(253).optional(),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), {
    path: ["key"],
    message: "a client certificate and its key belong together",
  });

/** One node: the address that Lockstep uses, and the one that the node calls itself in a 308 where the two differ. */
export const timelockNodeSchema = z.strictObject({ url: address(false), alias: address(true).optional() });

/**
 * How to speak to one TimeLock cluster. `balancer` says that the only address is a load balancer, so that no answer can be laid to a
 * node; it is assumed for a single address. `token` is sent as a bearer token; TimeLock only checks its form. Times are milliseconds:
 * `connectMs` for the connection, `answerMs` for the answer of one node, `searchMs` for finding a leader over all nodes.
 */
export const timelockConfigSchema = z
  .strictObject({
    nodes: z.array(timelockNodeSchema).min(1, "a cluster has at least one node").max(NODES_MAX),
    basePath: z
      .string()
      .trim()
      .regex(/^(\/[A-Za-z0-9._~-]+)*\/?$/, "must be empty or a path like /timelock/api")
      .transform((path) => path.replace(/\/$/, ""))
      .default(""),
    balancer: z.boolean().optional(),
    tls: timelockTlsSchema.default({}),
    token: z
      .string()
      .regex(/^[A-Za-z0-9\-._~+/]+=*$/, "a bearer token has letters, digits and - . _ ~ + / only")
      .default("lockstep"),
    timeouts: z
      .strictObject({
        connectMs: z.int().min(1).max(60_000).default(5_000),
        answerMs: z.int().min(1).max(120_000).default(15_000),
        searchMs: z.int().min(1).max(300_000).default(40_000),
      })
      .default({ connectMs: 5_000, answerMs: 15_000, searchMs: 40_000 }),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>();
    for (const [index, node] of config.nodes.entries()) {
      for (const name of new Set([node.url, node.alias ?? node.url])) {
        if (seen.has(name)) {
          context.addIssue({
            code: "custom",
            path: ["nodes", index],
            message: `${name} stands twice in the list`,
          });
        }
        seen.add(name);
      }
    }
    if (config.balancer === true && config.nodes.length > 1) {
      context.addIssue({
        code: "custom",
        path: ["balancer"],
        message: "a cluster behind a balancer has one address",
      });
    }
  });

/** A checked cluster configuration, every default filled in. */
export type TimelockConfig = z.output<typeof timelockConfigSchema>;

/** What may be given for a cluster configuration; see `timelockConfigSchema`. */
export type TimelockConfigInput = z.input<typeof timelockConfigSchema>;

/** True when answers of this cluster cannot be laid to a node. */
export function isBehindBalancer(config: Pick<TimelockConfig, "balancer" | "nodes">): boolean {
  return config.balancer ?? config.nodes.length === 1;
}
