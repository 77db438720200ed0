import "server-only";

/** The sign-in page that leads back to a path of the console afterwards. */
export function signInPath(next: string | null): string {
  const back = safeNextPath(next);
  return back === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(back)}`;
}

/**
 * A path of this console to go to, `/` for anything else: other sites, addresses without a host (`//x`, `/\x`), the sign-in
 * page itself.
 */
export function safeNextPath(next: string | null | undefined): string {
  if (next === null || next === undefined || !isLocalPath(next)) return "/";
  const url = URL.parse(next, "http://console.invalid");
  if (url === null || url.host !== "console.invalid" || /^\/(sign-in|setup|api)(\/|$)/.test(url.pathname)) {
    return "/";
  }
  const path = `${url.pathname}${url.search}`;
  // Once more: taking the dots out of /..//x leaves //x.
  return isLocalPath(path) ? path : "/";
}

function isLocalPath(path: string): boolean {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
}
