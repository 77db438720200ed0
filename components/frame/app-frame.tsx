import type { ReactNode } from "react";

import { CommandPalette, type PaletteEntry } from "#components/frame/command-palette.tsx";
import { InboxLink } from "#components/frame/inbox-link.tsx";
import { NavigationSheet } from "#components/frame/navigation-sheet.tsx";
import { PersonMenu, type FramePerson } from "#components/frame/person-menu.tsx";
import type { Theme } from "#components/frame/preferences.ts";
import { Shortcuts } from "#components/frame/shortcuts.tsx";
import { SideNavigation } from "#components/frame/side-navigation.tsx";
import { ThemeMenu } from "#components/frame/theme-menu.tsx";
import { ZoneSwitch } from "#components/frame/zone-switch.tsx";
import type { Action } from "#components/live/use-action.ts";

interface AppFrameProps {
  person: FramePerson;
  signOut: Action;
  theme: Theme;
  navigationCollapsed: boolean;
  /** Paths of the navigation that this person cannot open. */
  hidden: readonly string[];
  palette: readonly PaletteEntry[];
  children: ReactNode;
}

/** Navigation at the left, the bar on top, the page between. */
export function AppFrame(props: AppFrameProps) {
  const { hidden, children } = props;
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent-solid px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to content
      </a>
      <SideNavigation hidden={hidden} initiallyCollapsed={props.navigationCollapsed} />
      <div className="min-w-0 grow">
        <header className="sticky top-0 z-10 flex h-12 items-center justify-between gap-2 bg-canvas/95 px-2 backdrop-blur-sm md:justify-end md:px-4">
          <NavigationSheet hidden={hidden} />
          <div className="z-30 flex items-center gap-1">
            <CommandPalette entries={props.palette} hidden={hidden} />
            <InboxLink />
            <ZoneSwitch />
            <ThemeMenu initial={props.theme} />
            <PersonMenu person={props.person} signOut={props.signOut} />
          </div>
        </header>
        {children}
      </div>
      <Shortcuts />
    </div>
  );
}
