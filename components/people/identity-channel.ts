const KEY = "lockstep-identity-confirmed";

/** Tells the tabs that wait that the provider confirmed its person. */
export function announceIdentity(): void {
  window.localStorage.setItem(KEY, new Date().toISOString());
}

/** Calls whenever another tab announces it; what comes back ends that. */
export function onIdentityAnnounced(listener: () => void): () => void {
  const hear = (event: StorageEvent) => {
    if (event.key === KEY) listener();
  };
  window.addEventListener("storage", hear);
  return () => window.removeEventListener("storage", hear);
}
