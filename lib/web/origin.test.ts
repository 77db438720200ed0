import { afterEach, describe, expect, it, vi } from "vitest";

import { requireOwnOrigin } from "#lib/web/origin.ts";

vi.mock("server-only", () => ({}));
afterEach(() => vi.unstubAllEnvs());

const isRefused = (publicUrl: string, origin: string | null) => {
  vi.stubEnv("LOCKSTEP_PUBLIC_URL", publicUrl);
  const headers = new Headers(origin === null ? {} : { origin });
  try {
    requireOwnOrigin(headers);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "forbidden" });
    return true;
  }
};

describe("the origin of what changes something", () => {
  it.each([
    ["https://lockstep.example.com", "https://lockstep.example.com"],
    ["http://127.0.0.1:7420", "http://127.0.0.1:7420"],
    ["http://127.0.0.1:7420", "http://localhost:7420"],
    ["http://localhost:7420", "http://[::1]:7420"],
  ])("with the console at %s may be %s", (own, origin) => {
    expect(isRefused(own, origin)).toBe(false);
  });

  it.each([
    ["https://lockstep.example.com", null],
    ["https://lockstep.example.com", "null"],
    ["https://lockstep.example.com", "http://lockstep.example.com"],
    ["https://lockstep.example.com", "https://lockstep.example.com:8443"],
    ["https://lockstep.example.com", "https://lockstep.example.com.evil.example"],
    ["https://lockstep.example.com", "http://localhost:443"],
    ["http://127.0.0.1:7420", null],
    ["http://127.0.0.1:7420", "http://127.0.0.1:7421"],
    ["http://127.0.0.1:7420", "http://localhost.evil.example:7420"],
    ["http://127.0.0.1:7420", "https://localhost:7420"],
  ])("with the console at %s may not be %s", (own, origin) => {
    expect(isRefused(own, origin)).toBe(true);
  });
});
