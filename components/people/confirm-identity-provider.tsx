"use client";

import { useCallback, useRef, useState, type ReactNode } from "react";

import { AskIdentityContext } from "#components/live/confirm-identity.ts";
import { ConfirmIdentityDialog } from "#components/people/confirm-identity-dialog.tsx";
import { type IdentityMeans, IdentityMeansContext } from "#components/people/identity-means.ts";

/** Lets every action below ask for a fresh sign-in: one dialog for the whole console, opened when the server asks for it. */
export function ConfirmIdentityProvider({ children, ...means }: IdentityMeans & { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const answer = useRef<((proved: boolean) => void) | null>(null);
  const settle = useCallback((proved: boolean) => {
    setOpen(false);
    answer.current?.(proved);
    answer.current = null;
  }, []);
  const ask = useCallback(
    async () =>
      new Promise<boolean>((resolve) => {
        answer.current?.(false);
        answer.current = resolve;
        setOpen(true);
      }),
    [],
  );
  return (
    <IdentityMeansContext value={means}>
      <AskIdentityContext value={ask}>
        {children}
        <ConfirmIdentityDialog
          open={open}
          onOpenChange={(next) => (next ? undefined : settle(false))}
          onConfirmed={() => settle(true)}
        />
      </AskIdentityContext>
    </IdentityMeansContext>
  );
}
