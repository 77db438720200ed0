import type { Action } from "#components/live/use-action.ts";

/** Everything that a person can do about approvals; each takes one plain object that the server checks. */
export interface ApprovalActions {
  request: Action<{ id: string }>;
  decide: Action;
  withdraw: Action;
  readIndependently: Action;
  breakGlass: Action;
  review: Action;
}
