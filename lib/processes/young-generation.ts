import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation at its first size for the rest of this process; by itself it grows to more than a hundred megabytes while a
 * store is copied, of which next to nothing is alive. To be called before anything large is loaded.
 * Source: V8, flag-definitions.h (semi_space_growth_factor is read whenever the generation is about to grow)
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
