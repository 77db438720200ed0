import { database } from "#lib/db/client.ts";
import { encodeReading, type Reading } from "#lib/engine/reading.ts";

/** How far back samples of the stop proof are looked at, in seconds: older movement says nothing about now. */
export function samplesKeptSeconds(quietWindowSeconds: number): number {
  return Math.max(1_800, quietWindowSeconds + 600);
}

/** Keeps one look of the stop proof or of the watch. `at`: the earliest of its readings. */
export async function keepSample(
  migrationId: string,
  kind: "stop" | "watch",
  readings: readonly Reading[],
): Promise<void> {
  const at = readings.map((one) => one.readAt).toSorted()[0];
  if (at === undefined) return;
  await database().migrationSample.create({
    data: {
      migrationId,
      kind,
      at: new Date(at),
      readings: readings.map(encodeReading),
    },
  });
}
