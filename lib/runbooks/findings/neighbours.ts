import { pass, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";

/** How the other services' namespaces on the same cluster answer; a warning at most. Source: runbooks section 3, step 5 */
export function neighboursAnswer(readings: Readings, at: Role): readonly Finding[] {
  const found = find(readings, "timelock.neighbours", at);
  const rests = { readings: [`timelock.neighbours@${at}`] };
  if (!found.known) {
    return [
      warning("neighbours", "How the other services on TimeLock fare is not known.", {
        ...rests,
        detail: `${found.because} Nothing of this migration touches them; look at them if TimeLock does not answer.`,
      }),
    ];
  }
  const { answers } = found.value;
  if (answers.length === 0) {
    return [pass("neighbours", "No other service of the inventory is on this cluster.", rests)];
  }
  const silent = answers.filter((one) => !one.answers);
  if (silent.length === 0) {
    return [pass("neighbours", `All ${answers.length} other services on this cluster are answered.`, rests)];
  }
  return silent.map(({ service, namespace, word }) =>
    warning(`neighbour-${namespace}`, `TimeLock does not answer for ${service} (${namespace}).`, {
      ...rests,
      detail: `${word} This migration does nothing to it; its operators should know.`,
    }),
  );
}
