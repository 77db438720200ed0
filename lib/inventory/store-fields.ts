import { z } from "zod";

import { hashed, shown } from "#lib/audit/classified.ts";
import { tablePrefixProblem } from "#lib/atlasdb/tables.ts";
import {
  blankToNull,
  certificatesField,
  hostField,
  identifierField,
  passwordField,
  portField,
  privateKeyField,
  removeField,
  tablePrefixField,
} from "#lib/inventory/fields.ts";
import { CASSANDRA_TLS_MODES, ORACLE_NAMINGS, TLS_MODES } from "#lib/stores/schema.ts";

const tlsModeField = shown(z.enum(TLS_MODES));
const cassandraTlsModeField = shown(z.enum(CASSANDRA_TLS_MODES));

/** Everything that says how to reach a Postgres store; the members of an input object. */
export const postgresFields = {
  kind: z.literal("postgres"),
  host: hostField,
  port: portField.default(5432),
  database: identifierField,
  user: identifierField,
  password: passwordField,
  removePassword: removeField,
  tlsMode: tlsModeField,
  caCertificates: certificatesField,
  clientCertificate: certificatesField,
  clientKey: privateKeyField,
  removeClientKey: removeField,
  tablePrefix: tablePrefixField,
  /** The schema that holds the tables; null: found by the search path of the user. */
  schema: blankToNull(identifierField),
};

const contactPoint = z.strictObject({ host: hostField, port: portField.default(9042) });

const namesEachPointOnce = (points: readonly z.output<typeof contactPoint>[], context: z.RefinementCtx) => {
  const seen = new Set<string>();
  for (const [index, { host, port }] of points.entries()) {
    const address = `${host.toLowerCase()}:${port}`;
    if (seen.has(address))
      context.addIssue({
        code: "custom",
        path: [index, "host"],
        message: `${address} stands twice in the list.`,
      });
    seen.add(address);
  }
};

const dataCentreField = shown(
  z
    .string()
    .trim()
    .min(1, "Enter the data centre, as nodetool status names it.")
    .max(200, "At most 200 characters.")
    .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed."),
);

/** A keyspace: letters, digits and underscores, case kept. Source: atlasdb-facts B.1, cassandra-driver (48 is Cassandra's own limit) */
const keyspaceField = shown(
  z
    .string()
    .trim()
    .min(1, "Enter the keyspace.")
    .regex(
      /^[A-Za-z0-9_]{1,48}$/,
      "A keyspace has letters, digits and underscores only, and at most 48 of them.",
    ),
);

/** Everything that says how to reach a Cassandra store over CQL; the members of an input object. */
export const cassandraFields = {
  kind: z.literal("cassandra"),
  /** Nodes to begin with, each with its CQL port; the others are learned from them. */
  contactPoints: z
    .array(contactPoint)
    .min(1, "Add at least one contact point.")
    .max(20, "At most 20 contact points.")
    .superRefine(namesEachPointOnce),
  localDataCentre: dataCentreField,
  keyspace: keyspaceField,
  /** Null where the cluster asks nobody who they are. */
  user: blankToNull(shown(z.string().trim().max(200, "At most 200 characters."))),
  password: passwordField,
  removePassword: removeField,
  tlsMode: cassandraTlsModeField,
  /** The name that certificates carry where it differs from the contact point's. */
  serverName: blankToNull(hostField),
  caCertificates: certificatesField,
  clientCertificate: certificatesField,
  clientKey: privateKeyField,
  removeClientKey: removeField,
};

/** A password without a user would never be sent. */
export function passwordHasUser(
  input: { readonly user: string | null; readonly password: string },
  context: z.RefinementCtx,
): void {
  if (input.user === null && input.password !== "")
    context.addIssue({
      code: "custom",
      path: ["user"],
      message: "Enter the user that the password belongs to.",
    });
}

/** An unquoted Oracle name: a letter, then letters, digits, `_`, `$` and `#`. Source: Oracle Database SQL Language Reference, naming rules */
const oracleNameField = shown(
  z
    .string()
    .trim()
    .regex(
      /^[A-Za-z][A-Za-z0-9_$#]{0,127}$/,
      "An Oracle name starts with a letter and has letters, digits, _, $ and # only.",
    ),
);

const oraclePrefixField = shown(
  z
    .string()
    .trim()
    .superRefine((text, context) => {
      const problem = tablePrefixProblem("oracle", text);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
);

/**
 * What is written into the commands for an Oracle store; the members of an input object. Lockstep connects to no Oracle database, so
 * there is no secret here. Source: atlasdb-facts B.3, D.3
 */
export const oracleFields = {
  kind: z.literal("oracle"),
  host: hostField,
  port: portField.default(1521),
  naming: shown(z.enum(ORACLE_NAMINGS)),
  /** The service name or SID, as `naming` says. */
  database: shown(
    z
      .string()
      .trim()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_$#.-]{0,127}$/,
        "Enter a service name or SID, such as orders.example.com or ORCL.",
      ),
  ),
  user: oracleNameField,
  tablePrefix: oraclePrefixField,
  /** The schema that owns the tables; null: that of the user. */
  schema: blankToNull(oracleNameField),
};

/** The whole output of a command that was run by hand. */
export const pastedField = hashed(
  z.string().min(1, "Paste the output of the command.").max(200_000, "At most 200,000 characters."),
);
