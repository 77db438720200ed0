import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { connectTimelock, readClusterAccess } from "#lib/inventory/open-timelock.ts";

/**
 * The systems as the inventory describes them, looked at from the other end: the nodes of a TimeLock cluster are asked in the reverse of the
 * configured order, so that an answer comes from another node than before where there is one.
 */
export const independentSystems: Systems = {
  openStore: async (storeId) => inventorySystems.openStore(storeId),
  openTimelock: async (clusterId) => {
    const access = await readClusterAccess(clusterId);
    return connectTimelock({ ...access, nodes: access.nodes.toReversed() });
  },
};
