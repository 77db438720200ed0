import type { Reading } from "#lib/engine/reading.ts";
import type { ProofTerm } from "#lib/timestamps/proof.ts";

/** A term of a chain from the reading that it was taken from; without one it is not read yet, which is never zero. */
export function proofTermOf(id: string, label: string, value: bigint | null, one: Reading | null): ProofTerm {
  return {
    id,
    label,
    value: value === null ? null : value.toString(),
    source: one?.source ?? "not read yet",
    node: one?.node ?? null,
    readAt: one?.readAt ?? null,
    raw: one?.raw ?? null,
    provenance: one?.provenance ?? "observed",
  };
}

/** The worst provenance of several readings decides: the first that was not observed, else the first. */
export function weakest(readings: readonly (Reading | null)[]): Reading | null {
  const known = readings.filter((one) => one !== null && one.value !== null);
  return known.find((one) => one?.provenance !== "observed") ?? known[0] ?? null;
}

/** The same term with the words of where a value that was put together comes from; one that is not known yet says only that. */
export function madeFrom(term: ProofTerm, source: string): ProofTerm {
  return term.value === null ? term : { ...term, source, raw: null };
}
