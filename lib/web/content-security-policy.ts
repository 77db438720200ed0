import "server-only";

/** In which request header the proxy hands the path to the pages, so that sign-in can lead back to it. */
export const PATH_HEADER = "x-lockstep-path";

/**
 * The content security policy of a page. Scripts run only with the nonce of this very answer. Inline styles are allowed: the
 * primitives set them, and a style can be put in only by what could not run a script either. Nothing is loaded from, sent to
 * or framed by another site.
 */
export function contentSecurityPolicy(
  nonce: string,
  options: { readonly isDevelopment: boolean; readonly isHttps: boolean },
): string {
  const { isDevelopment, isHttps } = options;
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isHttps ? ["upgrade-insecure-requests"] : []),
  ].join("; ");
}

/** The other headers that every answer carries; HSTS only where people come over https. */
export function securityHeaders(isHttps: boolean): Readonly<Record<string, string>> {
  return {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ...(isHttps ? { "Strict-Transport-Security": "max-age=31536000; includeSubDomains" } : {}),
  };
}
