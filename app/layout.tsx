import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "#app/globals.css";

import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";

import { THEME_COOKIE, themeOf } from "#components/frame/preferences.ts";
import { Providers } from "#components/frame/providers.tsx";

export const metadata: Metadata = {
  title: "Lockstep",
  description: "Moves AtlasDB services between timestamp services, with live proof at every step",
  robots: { index: false, follow: false },
  icons: { icon: "/icon.svg" },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f8fafb" },
    { media: "(prefers-color-scheme: dark)", color: "#0e1215" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang="en" data-theme={theme === "system" ? undefined : theme} suppressHydrationWarning>
      <body>
        <Providers serverNowMs={Date.now()}>{children}</Providers>
      </body>
    </html>
  );
}
