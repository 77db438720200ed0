import { storeAt, type Targets } from "#lib/engine/step.ts";
import { storeMove } from "#lib/engine/store-move.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { cellsOf } from "#lib/inventory/open-cells.ts";

/** The move between the two stores of a migration, as the inventory describes them. */
export function openInventoryMove(targets: Targets): StoreMove {
  const destinationStoreId = storeAt(targets, "destination").storeId;
  return storeMove({
    source: cellsOf(storeAt(targets, "source").storeId),
    destination: cellsOf(destinationStoreId),
    destinationStoreId,
    plan: targets.move,
    assess: async () => {
      throw new AppError("unavailable", "The two stores were not assessed.");
    },
  });
}
