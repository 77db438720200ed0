import { describe, expect, it, vi } from "vitest";

import { contentSecurityPolicy, securityHeaders } from "#lib/web/content-security-policy.ts";

vi.mock("server-only", () => ({}));

describe("the content security policy", () => {
  const policy = contentSecurityPolicy("abc", { isDevelopment: false, isHttps: true });

  it("runs scripts by nonce only and lets nobody frame the page", () => {
    expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(policy).toContain("upgrade-insecure-requests");
  });

  it("does not send browsers to https where there is none", () => {
    expect(contentSecurityPolicy("abc", { isDevelopment: false, isHttps: false })).not.toContain("upgrade");
    expect(securityHeaders(false)).not.toHaveProperty("Strict-Transport-Security");
    expect(securityHeaders(true)).toHaveProperty("Strict-Transport-Security");
  });
});
