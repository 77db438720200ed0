"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** How often is looked. */
const EVERY_MS = 3_000;

/** Reads the page again until something else stands in its place: for what is not there yet, and begins without a word to this page. */
export function RefreshUntilThere() {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") router.refresh();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [router]);
  return null;
}
