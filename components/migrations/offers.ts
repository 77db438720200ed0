import type { WizardRunbook, WizardService } from "#components/migrations/new-migration.tsx";

/** What can be done with a service that takes its timestamps there: first what leads somewhere, then what only mends, in its own words. */
export function offersFor(
  runbooks: readonly WizardRunbook[],
  source: WizardService["timestampSource"],
): readonly WizardRunbook[] {
  const offered = runbooks.filter(({ offeredTo }) => offeredTo.includes(source));
  const mending = offered.filter(({ mends }) => mends?.source === source);
  return [
    ...offered.filter((one) => !mending.includes(one)),
    ...mending.map((one) => ({ ...one, description: one.mends?.summary ?? one.description })),
  ];
}
