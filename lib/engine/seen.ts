import type { ReadingValue } from "#lib/engine/reading.ts";

/** What a read found: the value with its place, before it becomes a reading. */
export type Seen = {
  readonly value: ReadingValue;
  readonly source: string;
  readonly node: string | null;
  readonly raw: string | null;
};
