import type { ReactNode } from "react";

import { Wordmark } from "#components/frame/wordmark.tsx";

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main id="content" className="mx-auto flex min-h-dvh w-full max-w-md flex-col gap-8 px-4 pt-[12vh] pb-16">
      <Wordmark />
      {children}
    </main>
  );
}
