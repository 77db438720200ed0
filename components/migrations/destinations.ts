import type { WizardService, WizardStore } from "#components/migrations/new-migration.tsx";

export interface OfferedStore {
  readonly store: WizardStore;
  /** Why it cannot be chosen, and the way out; null when it can. */
  readonly impossible: { readonly because: string; readonly instead: string } | null;
  /** What to know before it is chosen; null when there is nothing. */
  readonly flag: string | null;
}

const ORACLE_WAY_OUT =
  "AtlasDB’s own command line moves such a store: migrate with --setup, --migrate and --validate, judged by “Validation complete.” in its output.";

/** Every store of the service's environment as a place to move to: those that are free first, those that are not possible last. */
export function destinationsOf(
  stores: readonly WizardStore[],
  service: Pick<WizardService, "id" | "name" | "storeId">,
): readonly OfferedStore[] {
  const source = stores.find(({ id }) => id === service.storeId);
  return stores
    .map((store) => ({ store, impossible: impossible(store, service, source), flag: flag(store, service) }))
    .toSorted((a, b) => rank(a) - rank(b) || a.store.name.localeCompare(b.store.name));
}

function impossible(
  { id, name, kind }: WizardStore,
  service: Pick<WizardService, "name" | "storeId">,
  source: WizardStore | undefined,
): OfferedStore["impossible"] {
  if (id === service.storeId) {
    return {
      because: `${service.name} is in this store now. Nothing would be left of its data.`,
      instead: "choose another store, or add one.",
    };
  }
  const oracle = kind === "oracle" ? name : source?.kind === "oracle" ? source.name : null;
  if (oracle === null) return null;
  return {
    because: `${oracle} is on Oracle, to which Lockstep never connects.`,
    instead: ORACLE_WAY_OUT,
  };
}

function flag({ id, usedBy }: WizardStore, service: Pick<WizardService, "id" | "storeId">): string | null {
  const others = usedBy.filter((one) => one.id !== service.id).map(({ name }) => name);
  if (others.length === 0 || id === service.storeId) return null;
  return `${others.join(", ")} ${others.length === 1 ? "keeps its" : "keep their"} data here, and the setup drops tables. The move is refused until nobody else uses this store.`;
}

function rank({ impossible: not, flag: flagged }: OfferedStore): number {
  if (not !== null) return 2;
  return flagged === null ? 0 : 1;
}
