import { expect, test } from "vitest";

import { PauseSwitch } from "#lib/mover/pause-switch.ts";

test("whoever waits goes on when it is off, or when the process is to end", async () => {
  const pause = new PauseSwitch();
  const never = new AbortController();
  await pause.whenOff(never.signal);

  const turns: boolean[] = [];
  const forget = pause.hear(() => void turns.push(pause.isOn));
  pause.toggle();
  const waiting = pause.whenOff(never.signal);
  pause.toggle();
  await waiting;

  pause.toggle();
  const ending = new AbortController();
  const ended = pause.whenOff(ending.signal);
  ending.abort();
  await ended;
  await pause.whenOff(ending.signal);
  forget();
  pause.toggle();
  expect(turns).toEqual([true, false, true]);
});
