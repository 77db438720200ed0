/** The name of an entry's environment; one that was never recorded differs from one that is gone or out of reach. */
export function environmentName(
  environmentId: string | null,
  environments: readonly { id: string; name: string }[],
): string {
  if (environmentId === null) return "none";
  return environments.find(({ id }) => id === environmentId)?.name ?? environmentId;
}
