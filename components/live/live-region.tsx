"use client";

import { useEffect, useRef } from "react";

import { useToast } from "#components/ui/toaster.tsx";

/** Tells screen readers when a sentence about the page changes; silent at first. */
export function LiveRegion({ text }: { text: string }) {
  const { announce } = useToast();
  const last = useRef(text);
  useEffect(() => {
    if (last.current === text) return;
    last.current = text;
    announce(text);
  }, [announce, text]);
  return null;
}
