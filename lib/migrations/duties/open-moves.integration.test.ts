import { afterAll, beforeAll, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { type JobTimes, workOn } from "#lib/migrations/duties/move-jobs.ts";
import { OpenMoves } from "#lib/migrations/duties/open-moves.ts";
import { makeScenario, open, press, type Scenario, walkTo } from "#lib/migrations/testing.ts";
import { useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let first: { readonly scenario: Scenario; readonly id: string };
let second: { readonly scenario: Scenario; readonly id: string };
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  first = await copying();
  second = await copying();
}, 120_000);
afterAll(async () => close());

/** A migration whose copy is open. */
async function copying(): Promise<{ readonly scenario: Scenario; readonly id: string }> {
  const scenario = await makeScenario(undefined, { runbook: "move-store" });
  const id = await open(scenario);
  await walkTo(scenario, id, "copy");
  expect(await press(scenario, id, "copy")).toMatchObject({ state: "running" });
  return { scenario, id };
}

/** Counts what is opened and closed; each work goes on until it is told to end. */
function counted({ engine }: Scenario) {
  const seen = { opened: 0, closed: 0, worked: 0 };
  const move: Pick<StoreMove, "work" | "close"> = {
    work: async (_kind, _start, { signal }) => {
      seen.worked += 1;
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    close: async () => void (seen.closed += 1),
  };
  const openMove = async () => {
    seen.opened += 1;
    return move as Partial<StoreMove> as StoreMove;
  };
  const systems = { ...engine.systems, openMove };
  return { seen, engine: { ...engine, systems } satisfies Engine };
}

const LONG = 600_000;

async function work(engine: Engine, moves: OpenMoves, times: JobTimes): Promise<void> {
  await workOn(engine, first.id, "worker", AbortSignal.timeout(30_000), { moves, times });
}

test("a move whose turn is over stays open, with what it has sorted, for the next turn of its job", async () => {
  const { seen, engine } = counted(first.scenario);
  const moves = new OpenMoves();
  for (let turn = 0; turn < 3; turn += 1) await work(engine, moves, { turnMs: 20, lookMs: LONG });
  expect(seen).toEqual({ opened: 1, closed: 0, worked: 3 });
  await moves.closeOthers([first.id, second.id]);
  expect(seen.closed).toBe(0);
  await moves.closeOthers([second.id]);
  expect(seen.closed).toBe(1);
  await work(engine, moves, { turnMs: 20, lookMs: LONG });
  await moves.close();
  expect(seen).toEqual({ opened: 2, closed: 2, worked: 4 });
});

test("a store that is to be reached in another way is opened anew, in the middle of a job and between its turns", async () => {
  const { seen, engine } = counted(first.scenario);
  const moves = new OpenMoves();
  const mend = async () =>
    database().store.update({
      where: { id: first.scenario.destination.id },
      data: { version: { increment: 1 } },
    });
  const working = work(engine, moves, { turnMs: LONG, lookMs: 20 });
  await expect.poll(() => seen.worked).toBe(1);
  await mend();
  await working;
  expect(seen).toEqual({ opened: 1, closed: 1, worked: 1 });
  await work(engine, moves, { turnMs: 20, lookMs: LONG });
  await mend();
  await work(engine, moves, { turnMs: 20, lookMs: LONG });
  expect(seen).toEqual({ opened: 3, closed: 2, worked: 3 });
  await moves.close();
});
