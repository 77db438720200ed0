import { z } from "zod";

import { TIMESTAMP_TABLE } from "#lib/atlasdb/tables.ts";

/**
 * How connections to the nodes are protected: `off` in clear text, `require` encrypts and trusts any certificate, `verify` wants one
 * signed by `ca` (or a public authority) for the node's name or address, or for `serverName`. There is no silent fall-back.
 */
export const CASSANDRA_TLS_MODES = ["off", "require", "verify"] as const;

const pem = z
  .string()
  .max(200_000)
  .refine((text) => text.includes("-----BEGIN "), { error: "must be PEM text, starting with -----BEGIN" });

const HOST = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;

const hostName = z
  .string()
  .min(1)
  .max(253)
  .refine((text) => HOST.test(text) || z.ipv6().safeParse(text).success, {
    error: "must be a host name or an IP address, without its port",
  });

/** TLS of a Cassandra store. `ca`, `cert` and `key` are PEM text; `key` is a secret. `serverName`: the name in every node's certificate. */
export const cassandraTls = z.strictObject({
  mode: z.enum(CASSANDRA_TLS_MODES),
  ca: pem.optional(),
  cert: pem.optional(),
  key: pem.optional(),
  serverName: hostName.optional(),
});

/** A node by which the cluster is found, with the port of its CQL service (not the Thrift port of AtlasDB's configuration). */
export const cassandraContactPoint = z.strictObject({
  host: hostName,
  port: z.int().min(1).max(65_535).default(9042),
});
export type CassandraContactPoint = z.output<typeof cassandraContactPoint>;

const identifier = z
  .string()
  .min(1)
  .max(48)
  .regex(/^[A-Za-z0-9_]+$/, { error: "has letters, digits and _ only, as Cassandra's names do" });

/**
 * Where a Cassandra store is and as whom to connect; no user for a cluster without authentication. `localDataCenter` is where the
 * contact points are and where AtlasDB reads. `table` is AtlasDB's timestamp table. Times in milliseconds. `password` and `tls.key` are
 * secrets. Source: atlasdb-facts B.3, C
 */
export const cassandraStoreConfig = z.strictObject({
  contactPoints: z.array(cassandraContactPoint).min(1).max(50),
  localDataCenter: z.string().min(1).max(200),
  keyspace: identifier,
  user: z.string().min(1).max(200).optional(),
  password: z.string().max(1000).default(""),
  table: identifier.default(TIMESTAMP_TABLE),
  tls: cassandraTls.default({ mode: "verify" }),
  connectTimeoutMs: z.int().min(500).max(60_000).default(5_000),
  requestTimeoutMs: z.int().min(500).max(120_000).default(12_000),
});
export type CassandraStoreConfig = z.output<typeof cassandraStoreConfig>;
export type CassandraStoreConfigInput = z.input<typeof cassandraStoreConfig>;
