import { z } from "zod";

import { hashed, hidden, shown } from "#lib/audit/classified.ts";
import { tablePrefixProblem } from "#lib/atlasdb/tables.ts";
import { namespaceNameProblem } from "#lib/timelock/namespace-name.ts";

/** A name that a person gives to something; unique in its environment among what is not archived. */
export const nameField = shown(
  z
    .string()
    .trim()
    .min(1, "Enter a name.")
    .max(80, "At most 80 characters.")
    .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed."),
);

/** Free text of a few paragraphs; may be empty. */
export const noteField = shown(z.string().trim().max(4000, "At most 4000 characters."));

/** Lets a form field stay empty: blank text means that nothing is given. */
export function blankToNull<Inner extends z.ZodType>(inner: Inner) {
  const isBlank = (value: unknown) => typeof value === "string" && value.trim() === "";
  return shown(z.preprocess((value) => (isBlank(value) ? null : value), inner.nullable()));
}

/** A host name or IP address without scheme and port. */
export const hostField = shown(
  z
    .string()
    .trim()
    .min(1, "Enter a host name or address.")
    .max(253, "At most 253 characters.")
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$|^(?=.*:.*:)[0-9a-fA-F:.]+$/,
      "Enter a host name or an IP address, without scheme and port.",
    ),
);

/** A TimeLock namespace that is safe to use. */
export const namespaceField = shown(
  z
    .string()
    .trim()
    .superRefine((text, context) => {
      const problem = namespaceNameProblem(text);
      if (problem !== null) context.addIssue({ code: "custom", message: sentence(problem) });
    }),
);

/** The address of one TimeLock node, `scheme://host:port` with host in lower case and without the scheme's own port. */
export const nodeUrlField = shown(
  address(
    false,
    "Enter scheme, host and port only, such as https://timelock-1.example.com:8421. The base path has a field of its own.",
  ),
);

/** The address that a node calls itself by in redirects; may have a path. Source: atlasdb-facts A.4 */
export const nodeAliasField = shown(
  address(
    true,
    "Enter the address as it stands in the node's own configuration, such as https://timelock-1:8421.",
  ),
);

function address(pathAllowed: boolean, message: string) {
  return z
    .string()
    .trim()
    .max(300, "At most 300 characters.")
    .transform((text, context) => {
      const url = URL.parse(text);
      const extra = url === null ? "" : `${url.username}${url.password}${url.search}${url.hash}`;
      const path = url?.pathname.replace(/\/+$/, "") ?? "";
      if (url !== null && /^https?:$/.test(url.protocol) && extra === "" && (pathAllowed || path === ""))
        return `${url.origin}${path}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

/** The path before all TimeLock endpoints: empty, or like `/timelock/api`. Source: atlasdb-facts A.1 */
export const basePathField = shown(
  z
    .string()
    .trim()
    .max(200, "At most 200 characters.")
    .transform((text) => text.replace(/\/+$/, ""))
    .pipe(
      z
        .string()
        .regex(
          /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/,
          "Start with a slash, such as /timelock/api, or leave it empty.",
        ),
    ),
);

/** PEM certificates, one or more; blank: none. */
export const certificatesField = hashed(
  blankToNull(
    z
      .string()
      .trim()
      .max(200_000, "At most 200,000 characters.")
      .regex(
        /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/,
        "Paste certificates in PEM, from BEGIN CERTIFICATE to END CERTIFICATE. A JKS key store has to be converted first.",
      ),
  ),
);

/** A PEM private key. A secret: blank keeps the stored one. */
export const privateKeyField = hidden(
  z
    .string()
    .trim()
    .max(50_000, "At most 50,000 characters.")
    .regex(
      /^$|^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+-----END [A-Z ]*PRIVATE KEY-----$/,
      "Paste a private key in PEM, without a passphrase.",
    ),
);

/** A password. A secret: blank keeps the stored one. */
export const passwordField = hidden(z.string().max(1000, "At most 1000 characters."));

/** A bearer token for TimeLock. A secret: blank keeps the stored one. Source: atlasdb-facts A.2 (b) */
export const tokenField = hidden(
  z
    .string()
    .trim()
    .max(4000, "At most 4000 characters.")
    .regex(/^([A-Za-z0-9\-._~+/]+=*)?$/, "A bearer token has letters, digits and - . _ ~ + / only."),
);

/** Clears the stored secret that the field beside it would otherwise keep. */
export const removeField = shown(z.boolean()).default(false);

/** A port of 1 to 65535, from a form as text. */
export const portField = shown(
  z.coerce
    .number<string | number>()
    .int("Enter a port.")
    .min(1, "A port is 1 to 65535.")
    .max(65_535, "A port is 1 to 65535."),
);

/** An identifier of Postgres: a database, user or schema. */
export const identifierField = shown(
  z.string().trim().min(1, "Enter a name.").max(63, "At most 63 characters."),
);

/** What AtlasDB puts before every table name (`ddl.tablePrefix`); may be empty. Source: atlasdb-facts B.3, D.1 */
export const tablePrefixField = shown(
  z
    .string()
    .trim()
    .max(40, "At most 40 characters.")
    .superRefine((text, context) => {
      const problem = tablePrefixProblem("postgres", text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
);

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** A release of AtlasDB, such as 0.1175.0. */
export const versionField = shown(
  z
    .string()
    .trim()
    .max(60, "At most 60 characters.")
    .regex(/^[0-9A-Za-z.+-]+$/, "Enter a version such as 0.1175.0."),
);

/** Seconds for which everything must stand still before a stopped service counts as proven. */
export const quietWindowField = shown(
  z.coerce
    .number<string | number>()
    .int("Enter whole seconds.")
    .min(1, "At least 1 second.")
    .max(86_400, "At most a day."),
);

const clusterNodeInput = z.strictObject({
  url: nodeUrlField,
  alias: blankToNull(nodeAliasField),
});

const namesEachNodeOnce = (nodes: readonly z.output<typeof clusterNodeInput>[], context: z.RefinementCtx) => {
  const seen = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    for (const address of new Set([node.url, node.alias ?? node.url])) {
      if (seen.has(address))
        context.addIssue({
          code: "custom",
          path: [index, "url"],
          message: `${address} stands twice in the list.`,
        });
      seen.add(address);
    }
  }
};

/** Everything that says how to reach a TimeLock cluster; the members of an input object. */
export const clusterConnection = {
  basePath: basePathField,
  nodes: z
    .array(clusterNodeInput)
    .min(1, "Add at least one node.")
    .max(15, "At most 15 nodes.")
    .superRefine(namesEachNodeOnce),
  /** The only address is a load balancer, so that no answer can be laid to a node. */
  balancer: shown(z.boolean()).default(false),
  serverName: blankToNull(hostField),
  caCertificates: certificatesField,
  clientCertificate: certificatesField,
  clientKey: privateKeyField,
  removeClientKey: removeField,
  token: tokenField,
  removeToken: removeField,
};

/** A service on TimeLock names its cluster and namespace. */
export function onTimelockHasTarget(
  input: {
    readonly timestampSource: "embedded" | "timelock";
    readonly clusterId: string | null;
    readonly namespace: string | null;
  },
  context: z.RefinementCtx,
): void {
  if (input.timestampSource === "embedded") return;
  const missing = {
    clusterId: "Choose the TimeLock cluster that the service uses.",
    namespace: "Enter the namespace that the service uses.",
  };
  for (const field of ["clusterId", "namespace"] as const) {
    if (input[field] === null) context.addIssue({ code: "custom", path: [field], message: missing[field] });
  }
}
