const LIVENESS = "/api/health/live";
const ASK_EVERY_MS = 2_000;

/**
 * Calls `back` once the console answers again, asking its liveness every two seconds. Reading a page anew before that would leave the
 * person with the browser's own error page. Returns how to give up.
 */
export function whenBack(back: () => void, ask: typeof fetch = fetch): () => void {
  let given = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tryOnce = async () => {
    const answered = await ask(LIVENESS, { cache: "no-store" }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (given) return;
    if (answered) back();
    else timer = setTimeout(() => void tryOnce(), ASK_EVERY_MS);
  };
  void tryOnce();
  return () => {
    given = true;
    clearTimeout(timer);
  };
}
