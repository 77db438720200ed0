import { randomInt } from "node:crypto";

/** Random numbers that a failed run can be done again with. */
export type SeededRandom = {
  /** A whole number from `min` to below `max`. */
  between(min: number, max: number): number;
};

/** Prints its seed; `LOCKSTEP_FAULT_SEED` sets it. The generator is a plain one (mulberry32): faults need no better. */
export function seededRandom(what: string): SeededRandom {
  const seed = Number(process.env["LOCKSTEP_FAULT_SEED"] ?? randomInt(2 ** 31));
  process.stdout.write(`${what}: LOCKSTEP_FAULT_SEED=${seed}\n`);
  let state = seed;
  return {
    between(min, max) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return min + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (max - min));
    },
  };
}
