import { describe, expect, test } from "vitest";

import { hostIdsOf, systemText } from "#lib/stores/cassandra/identity-text.ts";
import { isOrdered } from "#lib/stores/cassandra/partitioner.ts";
import { clusterFindings, nodeFindings } from "#lib/stores/cassandra/rights-cluster.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { AdapterError } from "#lib/errors.ts";
import {
  type Cluster,
  type Node,
  replicaDataCenters,
  replicationOf,
} from "#lib/stores/cassandra/topology.ts";
import { generationOf } from "#lib/stores/cassandra/versions.ts";

const node = (address: string, dataCenter: string): Node => ({
  hostId: null,
  address,
  endpoint: { host: address, port: 9042 },
  dataCenter,
  rack: "r1",
  version: "3.11.14",
  schemaVersion: null,
});
const first = node("10.0.0.1", "dc1");
const cluster: Cluster = {
  name: "prod",
  partitioner: "org.apache.cassandra.dht.ByteOrderedPartitioner",
  self: first,
  nodes: [first, node("10.0.0.2", "dc2"), node("10.0.0.3", "dc3")],
  version: "3.11.14",
  generation: "3",
  readAt: "2026-01-01T00:00:00.000Z",
};
const NETWORK = "org.apache.cassandra.locator.NetworkTopologyStrategy";
const codes = (findings: readonly { code: string; verdict: string }[]) =>
  Object.fromEntries(findings.map(({ code, verdict }) => [code, verdict]));

describe("where a keyspace is", () => {
  test("each data centre that holds it is read, the local one first", () => {
    const replication = replicationOf(
      NETWORK,
      new Map([
        ["dc3", "3"],
        ["dc1", "3"],
        ["dc2", "0"],
      ]),
    );
    expect(replicaDataCenters(cluster, replication, "dc3")).toEqual(["dc3", "dc1"]);
  });

  test("without data centres in its replication, all are", () => {
    const replication = replicationOf("SimpleStrategy", new Map([["replication_factor", "3"]]));
    expect(replication.perDataCenter).toBe(false);
    expect(replicaDataCenters(cluster, replication, "dc2")).toEqual(["dc2", "dc1", "dc3"]);
  });

  test("a transient replica is a replica", () => {
    expect(replicationOf(NETWORK, new Map([["dc1", "3/1"]])).factors.get("dc1")).toBe(3n);
  });

  test("findings: byte order, the local data centre, a data centre without nodes", () => {
    const good = replicationOf(
      NETWORK,
      new Map([
        ["dc1", "3"],
        ["dc2", "3"],
      ]),
    );
    expect(codes(clusterFindings(cluster, good, "app", "dc1"))).toEqual({
      "server-version": "pass",
      partitioner: "pass",
      replication: "pass",
    });
    const hashed = { ...cluster, partitioner: "org.apache.cassandra.dht.Murmur3Partitioner" };
    expect(codes(clusterFindings(hashed, good, "app", "dc1"))).toMatchObject({ partitioner: "warning" });
    expect(codes(clusterFindings(cluster, good, "app", "dc3"))).toMatchObject({ replication: "blocking" });
    const gone = replicationOf(
      NETWORK,
      new Map([
        ["dc1", "3"],
        ["dc9", "3"],
      ]),
    );
    expect(codes(clusterFindings(cluster, gone, "app", "dc1"))).toMatchObject({ replication: "blocking" });
  });

  test("findings: nodes that do not answer, and nodes that disagree", () => {
    const down = new AdapterError("connection-refused", "none", "refused");
    const probed = [
      { node: first, failure: null, schemaVersion: "a" },
      { node: node("10.0.0.2", "dc2"), failure: down, schemaVersion: null },
      { node: node("10.0.0.3", "dc3"), failure: null, schemaVersion: "b" },
    ];
    const findings = nodeFindings(cluster, probed);
    expect(codes(findings)).toEqual({ nodes: "warning", "schema-agreement": "warning" });
    expect(findings[0]?.message).toContain("10.0.0.2 (dc2, connection-refused)");
  });
});

describe("versions", () => {
  test.each([
    ["2.2.18-1.108.0", "2.2"],
    ["3.0.29", "3"],
    ["3.11.14", "3"],
    ["4.0.0", "4+"],
    ["4.1.5-SNAPSHOT", "4+"],
    ["5.0.6", "4+"],
    ["10.0", "4+"],
  ])("%s has the catalogue of %s", (version, generation) => {
    expect(generationOf(version)).toBe(generation);
  });

  test.each(["2.1.22", "1.2.19", "", "unknown"])("%j is refused", (version) => {
    expect(() => generationOf(version)).toThrow(AdapterError);
  });

  test("AtlasDB's own partitioners keep the order of bytes", () => {
    expect(isOrdered("com.palantir.atlasdb.keyvalue.cassandra.partitioner.AtlasDbOrderedPartitioner")).toBe(
      true,
    );
    expect(isOrdered("org.apache.cassandra.dht.RandomPartitioner")).toBe(false);
  });
});

describe("identity", () => {
  const ids = Array.from(
    { length: 200 },
    (_, index) => `00000000-0000-0000-0000-${index.toString().padStart(12, "0")}`,
  );

  test("the order in which nodes are told does not matter", () => {
    expect(systemText("prod", ["b", "a", null])).toBe(systemText("prod", [null, "a", "b"]));
    expect(hostIdsOf(systemText("a: b", ids.slice(0, 2)))).toEqual(ids.slice(0, 2));
  });

  test("a large cluster's ids are digested, and still told apart", () => {
    const large = systemText("prod", ids);
    expect(large.length).toBeLessThan(4_000);
    expect(large).not.toBe(systemText("prod", ids.slice(1)));
    expect(hostIdsOf(large)).toEqual([]);
    expect(hostIdsOf(null)).toEqual([]);
  });
});

describe("the configuration", () => {
  const least = { contactPoints: [{ host: "db1" }], localDataCenter: "dc1", keyspace: "app" };

  test("has AtlasDB's table and a verified connection by default", () => {
    expect(cassandraStoreConfig.parse(least)).toMatchObject({
      contactPoints: [{ host: "db1", port: 9042 }],
      table: "_timestamp",
      tls: { mode: "verify" },
      password: "",
    });
  });

  test.each([
    { contactPoints: [] },
    { contactPoints: [{ host: "db1:9042" }] },
    { keyspace: 'a"; DROP' },
    { keyspace: "a".repeat(49) },
    { table: "_timestamp --" },
    { tls: { mode: "verify", ca: "not PEM" } },
    { extra: 1 },
  ])("refuses %j", (part) => {
    expect(cassandraStoreConfig.safeParse({ ...least, ...part }).success).toBe(false);
  });
});
