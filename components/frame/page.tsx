import type { ReactNode } from "react";

import type { FrameEnvironment } from "#components/frame/environment-name.tsx";
import { PageTop } from "#components/frame/page-top.tsx";
import type { Crumb } from "#components/ui/breadcrumb.tsx";
import { cn } from "#components/ui/cn.ts";

interface PageProps {
  crumbs: readonly Crumb[];
  environment?: FrameEnvironment | null;
  /** Tables and the migration page use the whole width up to 1280 px; forms and texts read better narrow. */
  width?: "wide" | "narrow";
  children: ReactNode;
}

/** One page of the console within the frame. */
export function Page({ crumbs, environment = null, width = "wide", children }: PageProps) {
  return (
    <>
      <PageTop crumbs={crumbs} environment={environment} />
      <main
        id="content"
        tabIndex={-1}
        className={cn(
          "mx-auto w-full px-4 pt-6 pb-24 outline-none sm:px-6",
          width === "wide" ? "max-w-7xl" : "max-w-3xl",
        )}
      >
        {children}
      </main>
    </>
  );
}
