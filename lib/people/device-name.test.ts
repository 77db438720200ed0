import { describe, expect, it } from "vitest";

import { deviceName } from "#lib/people/device-name.ts";
import { isLoopbackHost } from "#lib/people/loopback.ts";

describe("deviceName", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 (KHTML) Version/18 Safari/605",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 Chrome/142.0 Safari/537 Edg/142.0",
      "Edge on Windows",
    ],
    ["Mozilla/5.0 (Linux; Android 16) AppleWebKit/537 Chrome/142.0 Mobile Safari/537", "Chrome on Android"],
    ["curl/8.0", "Unknown browser"],
    [null, "Unknown browser"],
  ])("of %s is %s", (userAgent, words) => {
    expect(deviceName(userAgent)).toBe(words);
  });
});

describe("isLoopbackHost", () => {
  it.each(["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "LOCALHOST"])(
    "%s is this machine",
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );
  it.each([undefined, "", "0.0.0.0", "::", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com"])(
    "%s may be reached from elsewhere",
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});
