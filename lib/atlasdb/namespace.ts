/** Why a name cannot be a TimeLock namespace, or null. Source: atlasdb-facts A.3 (TimelockNamespaces) */
export function namespaceProblem(name: string): string | null {
  if (!/^[a-zA-Z0-9_-]+$/.test(name))
    return "A namespace has letters, digits, _ and - only, and at least one of them.";
  if (["tl", "lw", "leader", "leaderPaxos"].includes(name))
    return `TimeLock reserves the name ${name} for itself.`;
  return null;
}
