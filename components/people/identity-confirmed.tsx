"use client";

import { useEffect } from "react";

import { announceIdentity } from "#components/people/identity-channel.ts";
import { Callout } from "#components/ui/callout.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

/** Tells the tab that waits; what it asked for goes on there. */
export function IdentityConfirmed() {
  useEffect(() => announceIdentity(), []);
  return (
    <div>
      <PageHeader title="It is you" />
      <Callout state="pass">The other tab goes on by itself. You can close this one.</Callout>
    </div>
  );
}
