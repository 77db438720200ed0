import type { ApprovalActions } from "#components/approvals/approval-actions.ts";
import type { Action } from "#components/live/use-action.ts";

/** Everything that a person can do on a migration; each takes one plain object that the server checks. */
export interface MigrationActions {
  runStep: Action;
  attest: Action;
  pasteOutput: Action;
  submitConfiguration: Action;
  recordSmokeTest: Action;
  skipStep: Action;
  undoStep: Action;
  settle: Action;
  abandon: Action;
  closeIncident: Action;
  replan: Action;
  approvals: ApprovalActions;
}
