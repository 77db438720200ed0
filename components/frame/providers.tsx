"use client";

import type { ReactNode } from "react";

import { QueryProvider } from "#components/frame/query-client.tsx";
import { ClockProvider } from "#components/live/clock.tsx";
import { Toaster } from "#components/ui/toaster.tsx";
import { TooltipProvider } from "#components/ui/tooltip.tsx";

/** What every page stands on: live queries, one clock, tooltips, and a place for messages. */
export function Providers({ serverNowMs, children }: { serverNowMs: number; children: ReactNode }) {
  return (
    <QueryProvider>
      <ClockProvider serverNowMs={serverNowMs}>
        <TooltipProvider delayDuration={200}>
          <Toaster>{children}</Toaster>
        </TooltipProvider>
      </ClockProvider>
    </QueryProvider>
  );
}
