import type { Action } from "#components/live/use-action.ts";
import type { OneTimeLinkDto } from "#lib/people/schema.ts";

/** What can be done on the users page. */
export interface PeopleActions {
  createPerson: Action<{ link: OneTimeLinkDto }>;
  createLink: Action<OneTimeLinkDto>;
  grantRole: Action;
  revokeRole: Action;
  deactivate: Action;
  reactivate: Action;
  revokeSessions: Action;
  resetSecondFactor: Action;
}

/** An environment that a grant can be for. */
export interface EnvironmentChoice {
  id: string;
  name: string;
}

/** Where a grant holds, in words. */
export function environmentWords(
  environmentId: string | null,
  environments: readonly EnvironmentChoice[],
): string {
  if (environmentId === null) return "all environments";
  return environments.find(({ id }) => id === environmentId)?.name ?? "a deleted environment";
}
