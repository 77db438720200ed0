"use client";

import { useState } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** What a provider says of itself. */
export interface ProviderFacts {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  userInfoEndpoint: string | null;
  pkce: boolean;
}

/** Asks the provider that stands in the form, saved or not. */
export function OidcProviderTest({ issuer, test }: { issuer: string; test: Action<ProviderFacts> }) {
  const [facts, setFacts] = useState<ProviderFacts | null>(null);
  const { run, pending, failure } = useAction(test, setFacts);
  return (
    <div className="flex flex-col gap-3">
      <Button
        size="sm"
        className="self-start"
        pending={pending}
        blockedBecause={issuer.trim() === "" ? "Enter the issuer first." : null}
        onClick={() => {
          setFacts(null);
          run({ issuer });
        }}
      >
        Ask the provider
      </Button>
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      {facts !== null && (
        <Callout state="pass" title="It answers as this issuer">
          <p className="break-all">People sign in at {facts.authorizationEndpoint}.</p>
          {!facts.pkce && <p>It does not say that it knows PKCE (S256), which Lockstep always uses.</p>}
          {facts.userInfoEndpoint === null && <p>All claims have to stand in the ID token.</p>}
        </Callout>
      )}
    </div>
  );
}
