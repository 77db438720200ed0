"use client";

import { useEffect } from "react";

import { announceIdentity } from "#components/people/identity-channel.ts";
import { Callout } from "#components/ui/callout.tsx";

/** Tells the tab that waits; what it asked for goes on there. */
export function IdentityConfirmed() {
  useEffect(() => {
    announceIdentity();
    window.close();
  }, []);
  return (
    <Callout state="pass" title="It is you">
      The other tab goes on by itself. You can close this one.
    </Callout>
  );
}
