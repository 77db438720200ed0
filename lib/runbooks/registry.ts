import type { Runbook } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { fromTimelock } from "#lib/runbooks/from-timelock.ts";
import { moveStore } from "#lib/runbooks/move-store.ts";
import { renameAndMove } from "#lib/runbooks/rename-and-move.ts";
import { renameNamespace } from "#lib/runbooks/rename-namespace.ts";
import { toTimelock } from "#lib/runbooks/to-timelock.ts";

/** Every runbook that can be opened, in the order of the wizard, where those that only mend come last. */
export const RUNBOOKS: readonly Runbook[] = [
  toTimelock,
  moveStore,
  renameNamespace,
  renameAndMove,
  fromTimelock,
];

/** The runbook with this id. @throws AppError `not-found` */
export function runbookOf(id: string): Runbook {
  const one = RUNBOOKS.find((runbook) => runbook.id === id);
  if (!one) throw new AppError("not-found", `There is no runbook called ${id}.`);
  return one;
}
