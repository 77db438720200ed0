"use client";

import { Menu } from "lucide-react";
import { useState } from "react";

import { NavigationList } from "#components/frame/navigation-list.tsx";
import { Button } from "#components/ui/button.tsx";
import { Sheet } from "#components/ui/sheet.tsx";

/** The navigation on a phone. */
export function NavigationSheet({ hidden }: { hidden: readonly string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Sheet
      open={open}
      onOpenChange={setOpen}
      title="Lockstep"
      trigger={
        <Button variant="ghost" size="icon" aria-label="Open the navigation" className="md:hidden">
          <Menu aria-hidden />
        </Button>
      }
    >
      <NavigationList hidden={hidden} onNavigate={() => setOpen(false)} />
    </Sheet>
  );
}
