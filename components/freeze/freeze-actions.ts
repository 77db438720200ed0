import type { Action } from "#components/live/use-action.ts";

/** What can be done about freezes and maintenance windows. */
export interface FreezeActions {
  setFreeze: Action;
  addWindow: Action;
  removeWindow: Action;
}
