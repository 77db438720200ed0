"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";

import { THEME_COOKIE, THEMES, remember, type Theme } from "#components/frame/preferences.ts";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, MenuChoice } from "#components/ui/dropdown-menu.tsx";

const WORDS: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const ICONS = { system: Monitor, light: Sun, dark: Moon };

export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const choose = (next: Theme) => {
    setTheme(next);
    remember(THEME_COOKIE, next);
    if (next === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = next;
  };
  const Icon = ICONS[theme];
  return (
    <DropdownMenu
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Theme: ${WORDS[theme]}`}>
          <Icon aria-hidden />
        </Button>
      }
    >
      <MenuChoice
        label="Theme"
        value={theme}
        options={THEMES.map((value) => ({ value, label: WORDS[value] }))}
        onChange={choose}
      />
    </DropdownMenu>
  );
}
