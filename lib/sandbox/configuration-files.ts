import { stringify } from "yaml";

import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import type { LabConnection } from "#lib/sandbox/lab-connection.ts";
import { namespaceOf } from "#lib/sandbox/simulated-service.ts";

/** The two files of one AtlasDB node. */
export type ConfigurationFiles = { readonly install: string; readonly runtime: string };

const PASSWORD = "********";

/**
 * The files that the service's node would run with, so that a person can read and paste them as they would a real node's. The password
 * is left out. Source: atlasdb-facts B.1, B.2, B.3
 */
export function configurationFiles(
  definition: SandboxDefinition,
  configuration: SandboxConfiguration,
  connection: LabConnection,
  timelockNodes: readonly string[],
): ConfigurationFiles {
  const namespace = namespaceOf(definition.namespace, configuration);
  const keyValueService = keyValueServiceOf(connection, namespace);
  if (configuration === "embedded" || configuration === "moved") {
    const leader = {
      quorumSize: 1,
      localServer: `https://${definition.node}:3828`,
      leaders: [`https://${definition.node}:3828`],
    };
    return { install: yaml({ namespace, keyValueService, leader }), runtime: yaml({}) };
  }
  const serversList = {
    servers: timelockNodes,
    sslConfiguration: { trustStorePath: "var/security/trustStore.jks" },
  };
  return {
    install: yaml({ namespace, keyValueService, timelock: { client: namespace } }),
    runtime: yaml({ timelockRuntime: { serversList } }),
  };
}

function keyValueServiceOf(connection: LabConnection, namespace: string) {
  if (connection.kind === "cassandra") {
    const { host, port, thriftPort, keyspace, user } = connection;
    return {
      type: "cassandra",
      servers: {
        type: "cqlCapable",
        thriftHosts: [`${host}:${thriftPort}`],
        cqlHosts: [`${host}:${port}`],
      },
      keyspace,
      credentials: { username: user, password: PASSWORD },
      ssl: false,
      replicationFactor: 1,
    };
  }
  return {
    type: "relational",
    namespace,
    ddl: { type: "postgres" },
    connection: {
      type: "postgres",
      host: connection.host,
      port: connection.port,
      dbName: connection.database,
      dbLogin: connection.user,
      dbPassword: PASSWORD,
    },
  };
}

function yaml(atlasdb: Readonly<Record<string, unknown>>): string {
  return stringify({ atlasdb }, { lineWidth: 0 });
}
