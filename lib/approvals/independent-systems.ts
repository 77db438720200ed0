import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { connectTimelock, PAGE_PATIENCE, readClusterAccess } from "#lib/inventory/open-timelock.ts";

/**
 * The systems as the inventory describes them, looked at from the other end: the nodes of a TimeLock cluster are asked in the reverse of the
 * configured order, so that an answer comes from another node than before where there is one.
 */
export const independentSystems: Systems = {
  openStore: async (storeId, patience) => inventorySystems.openStore(storeId, patience),
  openMove: async (targets, patience) => inventorySystems.openMove(targets, patience),
  openTimelock: async (clusterId, patience) => {
    const access = await readClusterAccess(clusterId);
    const reversed = { ...access, nodes: access.nodes.toReversed() };
    return connectTimelock(reversed, patience === "short" ? PAGE_PATIENCE : undefined);
  },
};
