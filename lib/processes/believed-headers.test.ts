import { expect, it } from "vitest";
import { believeHeaders } from "#lib/processes/believed-headers.ts";

const facts = {
  trusted: ["10.0.0.1", "10.0.0.2"],
  publicUrl: "https://lockstep.example.com",
  requestId: "id-1",
};

function believed(remoteAddress: string, headers: Record<string, string>) {
  const request = { headers: { ...headers }, socket: { remoteAddress } };
  believeHeaders(request, facts);
  return request.headers;
}

it("drops what a stranger says about forwarding, source and request id", () => {
  const headers = believed("203.0.113.9", {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-prefix": "/x",
    forwarded: "for=127.0.0.1",
    "x-lockstep-source-address": "127.0.0.1",
    "x-request-id": "forged",
  });
  expect(headers).toEqual({
    "x-lockstep-source-address": "203.0.113.9",
    "x-request-id": "id-1",
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
  });
});

it("takes the last address before its own proxies, not what a client put in front", () => {
  const headers = believed("::ffff:10.0.0.1", {
    "x-forwarded-for": "127.0.0.1, 198.51.100.7, 10.0.0.2",
    "x-forwarded-host": "lockstep.example.com",
  });
  expect(headers["x-lockstep-source-address"]).toBe("198.51.100.7");
  expect(headers["x-forwarded-host"]).toBe("lockstep.example.com");
});

it("falls back to the proxy itself when it names nobody", () => {
  expect(believed("10.0.0.1", {})["x-lockstep-source-address"]).toBe("10.0.0.1");
});
