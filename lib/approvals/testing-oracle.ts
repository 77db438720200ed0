import type { ApprovalPolicy } from "#lib/approvals/schema.ts";

/*
 * What the policy means, written down once more and as plainly as can be, without any code of lib/approvals: the model test holds the real
 * thing against it. Times are minutes of the test's own clock.
 */

export type ModelPerson = { active: boolean; roles: Set<string> };
export type ModelRequest = {
  readonly unit: string;
  readonly hash: string;
  readonly requester: string;
  readonly at: number;
  readonly approvals: { readonly by: string; readonly at: number }[];
  glass: { readonly by: string; readonly at: number } | null;
  ended: boolean;
  used: boolean;
};

/** The whole state of the model. `policies`: the one that the migration opened under and every one since. */
export type Model = {
  now: number;
  hash: string;
  readonly policies: ApprovalPolicy[];
  readonly people: Map<string, ModelPerson>;
  readonly requests: ModelRequest[];
};

/** The newest request of a unit. */
export function newest(model: Model, unit: string): ModelRequest | null {
  return model.requests.findLast((one) => one.unit === unit) ?? null;
}

/** Whether a destructive unit may be begun at this moment: every policy there was must be met by the newest request, unused, on this hash. */
export function mayBegin(model: Model, unit: string): boolean {
  const asking = model.policies.filter((one) => one.levels.destructive.people > 0);
  if (asking.length === 0) return true;
  const request = newest(model, unit);
  if (request === null || request.hash !== model.hash || request.ended || request.used) return false;
  return (
    asking.every((one) => glassStands(model, request, one)) ||
    asking.every((one) => isMet(model, request, one, asking))
  );
}

function isMet(
  model: Model,
  request: ModelRequest,
  { levels: { destructive } }: ApprovalPolicy,
  asking: readonly ApprovalPolicy[],
): boolean {
  const requestMinutes = Math.min(...asking.map((one) => one.levels.destructive.requestMinutes));
  const timely = request.approvals
    .filter((one) => one.by !== request.requester && one.at < request.at + requestMinutes)
    .filter((one, index, all) => all.findIndex((other) => other.by === one.by) === index);
  const counting = timely.filter((one) => asking.every((other) => accepts(model, one.by, other)));
  const full = timely[destructive.people - 1];
  return (
    counting.length >= destructive.people &&
    full !== undefined &&
    model.now < full.at + destructive.executionMinutes
  );
}

function accepts(model: Model, by: string, { levels: { destructive } }: ApprovalPolicy): boolean {
  const person = model.people.get(by);
  return person?.active === true && destructive.approvers.roles.some((role) => person.roles.has(role));
}

function glassStands(
  model: Model,
  request: ModelRequest,
  { levels: { destructive } }: ApprovalPolicy,
): boolean {
  const { glass } = request;
  if (glass === null || destructive.breakGlass === null) return false;
  const person = model.people.get(glass.by);
  const allowed =
    person?.active === true && destructive.breakGlass.roles.some((role) => person.roles.has(role));
  return allowed && model.now < glass.at + destructive.executionMinutes;
}
