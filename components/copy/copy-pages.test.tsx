import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test, vi } from "vitest";

import { chartOf } from "#components/copy/chart-shape.ts";
import { CopyScreen } from "#components/copy/copy-screen.tsx";
import { shownTables } from "#components/copy/table-order.ts";
import { TablesPanel } from "#components/copy/tables-panel.tsx";
import { copyFixture } from "#components/copy/testing.ts";
import { ClockProvider } from "#components/live/clock.tsx";
import { Toaster } from "#components/ui/toaster.tsx";
import { TooltipProvider } from "#components/ui/tooltip.tsx";
import { COPY_STATES, type CopyView } from "#lib/mover/copy-view.ts";

vi.mock("next/navigation", () => ({
  useRouter: () => ({ push: () => undefined, refresh: () => undefined }),
}));

const NOW = 1_763_700_000_000;
const refuse = async () => ({ ok: false as const, code: "conflict" as const, message: "no", fields: {} });

function html(node: ReactNode, nowMs = NOW): string {
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <ClockProvider serverNowMs={nowMs}>
        <Toaster>
          <TooltipProvider>{node}</TooltipProvider>
        </Toaster>
      </ClockProvider>
    </QueryClientProvider>,
  );
}

function page(view: CopyView, nowMs = NOW): string {
  return html(<CopyScreen view={view} service="orders" stores="a into b" control={refuse} />, nowMs)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

describe("the page of a copy", () => {
  test.each(COPY_STATES)("says in words that it is %s, beside the ranges that are done", (state) => {
    const view = copyFixture({ state, tables: 18 });
    const text = page(view);
    expect(text).toContain(view.headline);
    expect(text).toMatch(/[\d\u2009]+ of [\d\u2009]+ ranges done/);
  });

  test("an estimate is a range, and where there is none the reason stands there", () => {
    expect(page(copyFixture({ state: "running", tables: 18 }))).toContain("12 to 18 min");
    expect(page(copyFixture({ state: "waiting", tables: 18 }))).toContain("No worker is at work on it.");
    expect(page(copyFixture({ state: "complete", tables: 18 }))).not.toContain("Still to go");
  });

  test("a run that no worker has cut into ranges yet is not drawn as done", () => {
    const waiting = copyFixture({ state: "waiting", tables: 0 });
    const text = page(waiting);
    expect(text).toContain("The tables are not cut into ranges yet");
    expect(text).toContain("0 %");
    expect(text).not.toContain("100 %");
    expect(text).toContain("as soon as a worker has cut them into ranges");
  });

  test("what a pause costs is said before it is pressed, and the button follows the state", () => {
    const running = page(copyFixture({ state: "running", tables: 3 }));
    expect(running).toContain("What a pause costs");
    expect(running).toContain("Pause the copy");
    const paused = page(copyFixture({ state: "paused", tables: 3 }));
    expect(paused).toContain("Resume the copy");
    expect(paused).not.toContain("Pause the copy");
  });

  test("what failed is by class, and can be tried again", () => {
    const text = page(copyFixture({ state: "failed", tables: 3 }));
    expect(text).toContain("These ranges stand still");
    expect(text).toContain("Try the failed range again");
    expect(text).toContain("Tried again by itself");
  });

  test("nothing can be asked of a run that has ended", () => {
    for (const state of ["complete", "cancelled"] as const) {
      const text = page(copyFixture({ state, tables: 3 }));
      expect(text).not.toContain("Cancel the copy…");
      expect(text).not.toContain("Set the speed");
    }
  });

  test("a worker that fell silent is said to be so", () => {
    expect(page(copyFixture({ state: "running", tables: 3 }))).toContain("silent");
  });

  test("an answer that is too old is shown with its age", () => {
    const view = copyFixture({ state: "running", tables: 3 });
    expect(page(view, NOW + 60_000)).toContain("stale, refreshed 1 min ago");
    expect(page(view)).not.toContain("stale");
  });
});

describe("the page of a comparison", () => {
  test("with one difference it says that nothing is handed over, and what to do next", () => {
    const text = page(copyFixture({ state: "complete", tables: 3, kind: "compare", differences: 1 }));
    expect(text).toContain("1 cell differs, so nothing is handed over");
    expect(text).toContain("Next: ");
    expect(text).toContain("different: 1");
    expect(text).not.toContain("No cell differs");
  });

  test("a table that is not compared whole is not called equal", () => {
    const text = page(copyFixture({ state: "running", tables: 3, kind: "compare" }));
    expect(text).toContain("not known yet");
    expect(page(copyFixture({ state: "complete", tables: 3, kind: "compare" }))).not.toContain(
      "not known yet",
    );
  });
});

describe("lists", () => {
  test("what stands still comes before what runs, what waits and what is done", () => {
    const { tables } = copyFixture({ state: "failed", tables: 40 });
    const states = shownTables(tables, "all", "").map(({ state }) => state);
    expect(states).toEqual(states.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(states[0]).toBe("failed");
  });

  test("a thousand tables are searched, not drawn", () => {
    const tables = Array.from({ length: 1000 }, (_, index) => ({
      name: `t.${index}`,
      fate: "copied" as const,
      reason: "",
      replaces: false,
      versions: null,
      cells: null,
      bytes: null,
      duration: null,
    }));
    const total = { cells: null, bytes: null, duration: null };
    const text = html(<TablesPanel tables={{ tables, dropped: [], total, estimatedAt: null }} />);
    expect(text.match(/<tr/g)?.length).toBeLessThan(40);
    expect(text).toContain("Find by name");
  });
});

const order: readonly string[] = ["failed", "running", "waiting", "done"];

describe("the chart", () => {
  test("a pause is a gap with a shade, not a line drawn through it", () => {
    const chart = chartOf(copyFixture({ state: "running", tables: 3 }), "cells");
    expect(chart?.pauses).toHaveLength(1);
    const [pause] = chart?.pauses ?? [];
    const inside = chart?.points.filter(
      ({ x }) => pause !== undefined && x > pause.x + 1 && x < pause.x + pause.width - 1,
    );
    expect(inside).toEqual([]);
  });

  test("a pause that goes on reaches to now", () => {
    const chart = chartOf(copyFixture({ state: "paused", tables: 3 }), "bytes");
    const last = chart?.pauses.at(-1);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(100);
  });

  test("there is none before the first checkpoint", () => {
    expect(chartOf(copyFixture({ state: "waiting", tables: 3 }), "cells")).toBeNull();
  });
});
