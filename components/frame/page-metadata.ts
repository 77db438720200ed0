import type { Metadata } from "next";

/** Title and icon of a page: the environment comes first in the title, and its colour is in the icon. */
export function pageMetadata(
  title: string,
  environment: { name: string; colour: string } | null = null,
): Metadata {
  if (environment === null) return { title: `${title} · Lockstep` };
  return {
    title: `[${environment.name}] ${title} · Lockstep`,
    icons: { icon: `/icon-${environment.colour}.svg` },
  };
}
