/** What a person chose for this browser; kept in cookies so that the server draws the first page right. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = "lockstep-theme";
export const NAVIGATION_COOKIE = "lockstep-navigation";
export const SHORTCUTS_COOKIE = "lockstep-shortcuts";

const YEAR_SECONDS = 31_536_000;

/** The theme that a cookie asks for; anything unexpected means the system's. */
export function themeOf(cookie: string | undefined): Theme {
  return THEMES.find((theme) => theme === cookie) ?? "system";
}

/** Remembers a choice in this browser for a year. */
export function remember(cookie: string, value: string): void {
  document.cookie = `${cookie}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

/** What was remembered, in the browser. */
export function recall(cookie: string): string | undefined {
  const prefix = `${cookie}=`;
  const found = document.cookie.split("; ").find((part) => part.startsWith(prefix));
  return found?.slice(prefix.length);
}
