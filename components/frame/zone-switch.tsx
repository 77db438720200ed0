"use client";

import { useZone } from "#components/live/clock.tsx";
import { Button } from "#components/ui/button.tsx";

/** Clock times in UTC or in the zone of this browser. */
export function ZoneSwitch() {
  const [zone, setZone] = useZone();
  const next = zone === "utc" ? "local" : "utc";
  return (
    <Button
      variant="ghost"
      aria-label={zone === "utc" ? "Times are in UTC. Show local times" : "Times are local. Show UTC"}
      onClick={() => setZone(next)}
      className="min-w-14 px-2 font-mono text-xs"
    >
      {zone === "utc" ? "UTC" : "local"}
    </Button>
  );
}
