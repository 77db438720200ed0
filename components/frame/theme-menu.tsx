"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";

import {
  THEME_COOKIE,
  THEMES,
  recall,
  remember,
  themeOf,
  type Theme,
} from "#components/frame/preferences.ts";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, MenuChoice } from "#components/ui/dropdown-menu.tsx";

const WORDS: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const ICONS = { system: Monitor, light: Sun, dark: Moon };
const OPTIONS = THEMES.map((value) => ({ value, label: WORDS[value] }));

export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const Icon = ICONS[theme];
  return (
    <DropdownMenu
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Theme: ${WORDS[theme]}`} className="max-sm:hidden">
          <Icon aria-hidden />
        </Button>
      }
    >
      <ThemeChoice onChosen={setTheme} />
    </DropdownMenu>
  );
}

/** The choice within a menu; only ever drawn in the browser, where the cookie can be read. */
export function ThemeChoice({ onChosen }: { onChosen?: (theme: Theme) => void }) {
  const [theme, setTheme] = useState(() => themeOf(recall(THEME_COOKIE)));
  const choose = (next: Theme) => {
    setTheme(next);
    onChosen?.(next);
    remember(THEME_COOKIE, next);
    if (next === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = next;
  };
  return <MenuChoice label="Theme" value={theme} options={OPTIONS} onChange={choose} />;
}
