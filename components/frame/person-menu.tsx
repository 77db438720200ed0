"use client";

import { LogOut, UserRound } from "lucide-react";
import { useEffect } from "react";

import { ThemeChoice } from "#components/frame/theme-menu.tsx";
import { ZoneChoice } from "#components/frame/zone-switch.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, MenuItem, MenuLink, MenuSeparator, MenuText } from "#components/ui/dropdown-menu.tsx";
import { useToast } from "#components/ui/toaster.tsx";

export interface FramePerson {
  name: string;
  email: string;
}

export function PersonMenu({ person, signOut }: { person: FramePerson; signOut: Action }) {
  const { run, failure } = useAction(signOut, () => window.location.assign("/sign-in"));
  const { toast } = useToast();
  useEffect(() => {
    if (failure !== null) toast(failure.message, "warning");
  }, [failure, toast]);
  return (
    <DropdownMenu
      trigger={
        <Button
          variant="ghost"
          size="icon"
          aria-label={`${initials(person.name)}, signed in as ${person.name}`}
        >
          <span
            aria-hidden
            className="grid size-6 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
          >
            {initials(person.name)}
          </span>
        </Button>
      }
    >
      <MenuText>
        <p className="font-medium text-ink">{person.name}</p>
        <p className="text-ink-muted">{person.email}</p>
      </MenuText>
      <MenuSeparator />
      <div className="sm:hidden">
        <ThemeChoice />
        <ZoneChoice />
        <MenuSeparator />
      </div>
      <MenuLink href="/account/security">
        <UserRound aria-hidden />
        Account and security
      </MenuLink>
      <MenuItem onSelect={() => run({})}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </DropdownMenu>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0]?.[0], words.length > 1 ? words.at(-1)?.[0] : undefined];
  return letters.join("").toUpperCase() || "?";
}
