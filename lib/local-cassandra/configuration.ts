import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";

/** The ports of one server on 127.0.0.1. `thrift` is the second protocol of 2.2, which AtlasDB speaks. */
export type CassandraPorts = { readonly cql: number; readonly thrift: number; readonly storage: number };

/** TLS of the client port: PKCS #12 files with one password. With `requireClient` a client must show a certificate. */
export type CassandraTls = {
  readonly keystore: string;
  readonly truststore: string;
  readonly password: string;
  readonly requireClient: boolean;
};

/** What one server is told at each start. */
export type CassandraSetup = {
  readonly release: CassandraRelease;
  readonly folder: string;
  /** Where Java unpacks native libraries; they must be allowed to run there. */
  readonly scratch: string;
  readonly ports: CassandraPorts;
  readonly dataCentre: string;
  readonly requirePassword: boolean;
  readonly tls: CassandraTls | null;
  readonly partitioner: Partitioner;
  readonly load: CassandraLoad;
};

/** How the rows of a server are placed: in the order of their keys, as AtlasDB demands, or of their hashes. */
export type Partitioner = "ByteOrderedPartitioner" | "Murmur3Partitioner";

/**
 * What the server is for. `light`: it is up soon, needs little, and a killed one keeps all that it acknowledged. `heavy`: it runs for
 * minutes under load, as servers in production do, and a killed one may lose ten seconds.
 */
export type CassandraLoad = "light" | "heavy";

const HOST = "127.0.0.1";
// A frozen or loaded machine must not make the server itself give up: tests decide about time-outs at the client.
const REQUEST_MS = 20_000;
const COMMIT_LOG_SEGMENT_MB = 8;
const COMMIT_LOG_MB = 256;
const CIPHERS = [
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
];

/** The folder of a server's configuration, which stands on its class path. */
export function configurationFolder(folder: string): string {
  return path.join(folder, "conf");
}

/** Writes cassandra.yaml, the data centre's name and the logging rules into the server's folder, readable by this user only. */
export async function writeConfiguration(setup: CassandraSetup): Promise<void> {
  const conf = configurationFolder(setup.folder);
  for (const folder of [conf, setup.scratch]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = async (name: string, text: string) => writeFile(path.join(conf, name), text, { mode: 0o600 });
  await write("cassandra.yaml", stringify(settingsOf(setup)));
  await write("cassandra-rackdc.properties", `dc=${setup.dataCentre}\nrack=r1\n`);
  await write("logback.xml", LOGBACK);
}

function settingsOf(setup: CassandraSetup): Record<string, unknown> {
  return {
    ...commonSettings(setup),
    ...(setup.release === "2.2.18" ? settings22(setup) : settings50(setup)),
  };
}

function commonSettings({ folder, ports, requirePassword, release, load, partitioner }: CassandraSetup) {
  const seed = release === "2.2.18" ? HOST : `${HOST}:${ports.storage}`;
  return {
    cluster_name: `lockstep-local-${release}`,
    auto_bootstrap: false,
    // Nobody restores a rehearsal; snapshots of what is truncated or dropped would only pile up.
    auto_snapshot: false,
    data_file_directories: [path.join(folder, "data")],
    commitlog_directory: path.join(folder, "commitlog"),
    saved_caches_directory: path.join(folder, "saved-caches"),
    seed_provider: [
      {
        class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
        parameters: [{ seeds: seed }],
      },
    ],
    listen_address: HOST,
    rpc_address: HOST,
    storage_port: ports.storage,
    native_transport_port: ports.cql,
    start_native_transport: true,
    endpoint_snitch: "GossipingPropertyFileSnitch",
    authenticator: requirePassword ? "PasswordAuthenticator" : "AllowAllAuthenticator",
    authorizer: requirePassword ? "CassandraAuthorizer" : "AllowAllAuthorizer",
    partitioner: `org.apache.cassandra.dht.${partitioner}`,
    ...(load === "light" ? lightLoad(release) : heavyLoad(release)),
  };
}

/** Periodic syncing loses acknowledged writes when the process is killed, and tests kill it to see what is kept. */
function lightLoad(release: CassandraRelease): Record<string, unknown> {
  return {
    commitlog_sync: "batch",
    concurrent_reads: 8,
    concurrent_writes: 8,
    ...(release === "2.2.18"
      ? { commitlog_sync_batch_window_in_ms: 1 }
      : { memtable_heap_space: "64MiB", memtable_offheap_space: "64MiB" }),
  };
}

function heavyLoad(release: CassandraRelease): Record<string, unknown> {
  return {
    commitlog_sync: "periodic",
    concurrent_reads: 32,
    concurrent_writes: 32,
    ...(release === "2.2.18"
      ? { commitlog_sync_period_in_ms: 10_000 }
      : { commitlog_sync_period: "10000ms" }),
  };
}

function settings22({ folder, ports, tls, partitioner }: CassandraSetup) {
  return {
    ...tokens(partitioner, "0000000000000010"),
    persistent_settings_directory: path.join(folder, "settings"),
    disk_access_mode: "standard",
    memtable_allocation_type: "heap_buffers",
    commitlog_segment_size_in_mb: COMMIT_LOG_SEGMENT_MB,
    commitlog_total_space_in_mb: COMMIT_LOG_MB,
    start_rpc: true,
    rpc_port: ports.thrift,
    rpc_server_type: "sync",
    permissions_validity_in_ms: 0,
    roles_validity_in_ms: 0,
    request_timeout_in_ms: REQUEST_MS,
    read_request_timeout_in_ms: REQUEST_MS,
    range_request_timeout_in_ms: REQUEST_MS,
    write_request_timeout_in_ms: REQUEST_MS,
    cas_contention_timeout_in_ms: REQUEST_MS,
    truncate_request_timeout_in_ms: REQUEST_MS,
    ...(tls === null
      ? {}
      : { client_encryption_options: { ...tlsOptions(tls), protocol: "TLS", store_type: "PKCS12" } }),
  };
}

function settings50({ folder, tls, partitioner }: CassandraSetup) {
  const wait = `${REQUEST_MS}ms`;
  return {
    hints_directory: path.join(folder, "hints"),
    commitlog_segment_size: `${COMMIT_LOG_SEGMENT_MB}MiB`,
    commitlog_total_space: `${COMMIT_LOG_MB}MiB`,
    ...tokens(partitioner, "0000000000000010"),
    permissions_validity: "0ms",
    roles_validity: "0ms",
    credentials_validity: "0ms",
    request_timeout: wait,
    read_request_timeout: wait,
    range_request_timeout: wait,
    write_request_timeout: wait,
    cas_contention_timeout: wait,
    truncate_request_timeout: wait,
    ...(tls === null
      ? {}
      : {
          client_encryption_options: {
            ...tlsOptions(tls),
            accepted_protocols: ["TLSv1.2", "TLSv1.3"],
            store_type: "PKCS12",
          },
        }),
  };
}

/** A byte-ordered ring cannot be dealt out by chance: nobody knows which keys there will be. */
function tokens(partitioner: Partitioner, first: string): Record<string, unknown> {
  return partitioner === "ByteOrderedPartitioner"
    ? { num_tokens: 1, initial_token: first }
    : { num_tokens: 16 };
}

function tlsOptions(tls: CassandraTls) {
  return {
    enabled: true,
    optional: false,
    keystore: tls.keystore,
    keystore_password: tls.password,
    truststore: tls.truststore,
    truststore_password: tls.password,
    require_client_auth: tls.requireClient,
    cipher_suites: CIPHERS,
  };
}

const LOGBACK = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{HH:mm:ss.SSS} %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out" /></root>
</configuration>
`;
