"use client";

import { LogOut, UserRound } from "lucide-react";

import { ThemeChoice } from "#components/frame/theme-menu.tsx";
import { ZoneChoice } from "#components/frame/zone-switch.tsx";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, MenuItem, MenuLink, MenuSeparator, MenuText } from "#components/ui/dropdown-menu.tsx";

export interface FramePerson {
  name: string;
  email: string;
  /** Where this person may do what, in words: "operator on production". */
  roles: readonly string[];
}

export function PersonMenu({ person, onSignOut }: { person: FramePerson; onSignOut: () => void }) {
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
        {person.roles.map((role) => (
          <p key={role} className="text-xs text-ink-faint">
            {role}
          </p>
        ))}
      </MenuText>
      <MenuSeparator />
      <div className="sm:hidden">
        <ThemeChoice />
        <ZoneChoice />
        <MenuSeparator />
      </div>
      <MenuLink href="/account">
        <UserRound aria-hidden />
        Account and sessions
      </MenuLink>
      <MenuItem onSelect={onSignOut}>
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
