"use server";

import { archiveCluster } from "#lib/inventory/archive-cluster.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { restoreCluster } from "#lib/inventory/restore-cluster.ts";
import {
  archiveInput,
  createClusterInput,
  testClusterInput,
  updateClusterInput,
} from "#lib/inventory/schema.ts";
import { testClusterConnection } from "#lib/inventory/test-cluster-connection.ts";
import { updateCluster } from "#lib/inventory/update-cluster.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createClusterAction(input: unknown) {
  return runAction(createClusterInput, input, createCluster);
}

export async function updateClusterAction(input: unknown) {
  return runAction(updateClusterInput, input, updateCluster);
}

export async function archiveClusterAction(input: unknown) {
  return runAction(archiveInput, input, archiveCluster);
}

export async function restoreClusterAction(input: unknown) {
  return runAction(archiveInput, input, restoreCluster);
}

export async function testClusterConnectionAction(input: unknown) {
  return runAction(testClusterInput, input, testClusterConnection);
}
