"use client";

import { createContext, use, useSyncExternalStore, type ReactNode } from "react";

import type { Zone } from "#components/live/wording.ts";

const TICK_MS = 1000;
const YEAR_SECONDS = 31_536_000;
const ZONE_COOKIE = "lockstep-zone";

interface ServerClock {
  nowMs: number;
}

const ServerClockContext = createContext<ServerClock>({ nowMs: 0 });

/* One clock for the whole page. It runs on the server's time: ages must not depend on how the visitor's clock is set. */
let offsetMs = 0;
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const tickers = new Set<() => void>();

let zone: Zone | undefined;
const zoneListeners = new Set<() => void>();

/** Gives every age below it the same first "now" on the server and in the browser. */
export function ClockProvider({ serverNowMs, children }: { serverNowMs: number; children: ReactNode }) {
  return <ServerClockContext value={{ nowMs: serverNowMs }}>{children}</ServerClockContext>;
}

/** Tells the clock what time the server had when it answered just now. */
export function syncClock(serverIso: string): void {
  const serverMs = Date.parse(serverIso);
  if (!Number.isNaN(serverMs)) offsetMs = serverMs - Date.now();
}

/** The server's time in milliseconds, once a second. */
export function useNow(): number {
  const server = use(ServerClockContext);
  return useSyncExternalStore(subscribeTick, readNow, () => server.nowMs);
}

/** Whether clock times are shown in UTC or in the browser's zone, and the switch. */
export function useZone(): [Zone, (zone: Zone) => void] {
  const current = useSyncExternalStore(subscribeZone, readZone, () => "utc" as const);
  return [current, chooseZone];
}

function subscribeTick(listener: () => void): () => void {
  tickers.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    tickers.delete(listener);
    if (tickers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  nowMs = Date.now() + offsetMs;
  for (const listener of tickers) listener();
}

function readNow(): number {
  if (timer === undefined) nowMs = Date.now() + offsetMs;
  return nowMs;
}

function subscribeZone(listener: () => void): () => void {
  zoneListeners.add(listener);
  return () => zoneListeners.delete(listener);
}

function readZone(): Zone {
  zone ??= document.cookie.includes(`${ZONE_COOKIE}=local`) ? "local" : "utc";
  return zone;
}

function chooseZone(next: Zone): void {
  zone = next;
  document.cookie = `${ZONE_COOKIE}=${next}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  for (const listener of zoneListeners) listener();
}
