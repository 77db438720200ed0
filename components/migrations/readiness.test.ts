import { describe, expect, it } from "vitest";

import { notReadyBecause } from "#components/migrations/readiness.ts";

const NOW = Date.UTC(2026, 10, 21, 14, 0, 0);
const READY = {
  canOperate: true,
  seenVersion: 7,
  live: { atMs: NOW - 2000, version: 7, blockedBecause: null },
  failure: null,
  nowMs: NOW,
  ageMsMax: 15_000,
};

describe("notReadyBecause", () => {
  it("lets a fresh, unblocked step run", () => {
    expect(notReadyBecause(READY)).toBeNull();
  });

  it("refuses without the role, whatever the systems say", () => {
    expect(notReadyBecause({ ...READY, canOperate: false })).toMatch(/operator role/);
  });

  it("refuses before the first answer", () => {
    expect(notReadyBecause({ ...READY, live: null })).not.toBeNull();
    expect(notReadyBecause({ ...READY, live: null, failure: "The console does not answer." })).toBe(
      "The console does not answer.",
    );
  });

  it("refuses on readings older than the limit, and says how old they are", () => {
    const old = { ...READY.live, atMs: NOW - 15_001 };
    expect(notReadyBecause({ ...READY, live: { ...READY.live, atMs: NOW - 15_000 } })).toBeNull();
    expect(notReadyBecause({ ...READY, live: old })).toMatch(/15 s old/);
  });

  it("refuses on readings of another version", () => {
    expect(notReadyBecause({ ...READY, seenVersion: 6 })).toMatch(/moved on/);
    expect(notReadyBecause({ ...READY, seenVersion: 8 })).toMatch(/being read/);
  });

  it("passes on what the engine says", () => {
    const live = { ...READY.live, blockedBecause: "A client still writes." };
    expect(notReadyBecause({ ...READY, live })).toBe("A client still writes.");
  });
});
