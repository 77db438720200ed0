"use client";

import { useZone } from "#components/live/clock.tsx";
import { Button } from "#components/ui/button.tsx";
import { MenuChoice } from "#components/ui/dropdown-menu.tsx";

/** Clock times in UTC or in the zone of this browser. */
export function ZoneSwitch() {
  const [zone, setZone] = useZone();
  const next = zone === "utc" ? "local" : "utc";
  return (
    <Button
      variant="ghost"
      aria-label={zone === "utc" ? "UTC. Show times as local" : "local. Show times in UTC"}
      onClick={() => setZone(next)}
      className="min-w-14 max-sm:hidden px-2 font-mono text-xs"
    >
      {zone === "utc" ? "UTC" : "local"}
    </Button>
  );
}

/** The same choice within a menu. */
export function ZoneChoice() {
  const [zone, setZone] = useZone();
  return (
    <MenuChoice
      label="Times"
      value={zone}
      options={[
        { value: "utc", label: "UTC" },
        { value: "local", label: "Local" },
      ]}
      onChange={setZone}
    />
  );
}
