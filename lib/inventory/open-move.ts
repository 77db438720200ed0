import type { Role } from "#lib/engine/reading.ts";
import { storeAt, type Targets } from "#lib/engine/step.ts";
import { storeMove } from "#lib/engine/store-move.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { openSide, type StoreSide } from "#lib/inventory/open-side.ts";
import { openTimelock } from "#lib/inventory/open-timelock.ts";
import { assessMove } from "#lib/mover/assess.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import type { MoveSide } from "#lib/mover/side.ts";

/** The move between the two stores of a migration, as the inventory describes them. Nothing is opened before it is used. */
export function openInventoryMove(targets: Targets): StoreMove {
  const opened = new Map<Role, Promise<StoreSide>>();
  const side = async (role: Role): Promise<StoreSide> => {
    const known = opened.get(role) ?? openSide(storeAt(targets, role).storeId);
    opened.set(role, known);
    return known;
  };
  return storeMove({
    source: { openSource: async () => (await side("source")).openSource() },
    destination: {
      openSource: async () => (await side("destination")).openSource(),
      openSink: async () => (await side("destination")).openSink(),
    },
    destinationStoreId: storeAt(targets, "destination").storeId,
    plan: targets.move,
    assess: async () =>
      withTimestamps(targets, "source", await side("source"), async (source) =>
        withTimestamps(targets, "destination", await side("destination"), async (destination) =>
          assessMove(source, destination),
        ),
      ),
  });
}

/** Works with a side whose TimeLock, where it has one, is open meanwhile. */
async function withTimestamps(
  { sequences }: Targets,
  at: Role,
  side: StoreSide,
  work: (side: MoveSide) => Promise<Assessment>,
): Promise<Assessment> {
  const sequence = sequences.find(({ role }) => role === at);
  if (sequence === undefined) return work({ ...side, timestamps: { kind: "embedded" } });
  const timelock = await openTimelock(sequence.clusterId);
  try {
    return await work({
      ...side,
      timestamps: { kind: "timelock", timelock, namespace: sequence.namespace },
    });
  } finally {
    await timelock.close();
  }
}
