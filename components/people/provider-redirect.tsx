"use client";

import { useEffect, useRef } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** Goes to the provider by itself; the button is for trying again. */
export function ProviderRedirect({ begin }: { begin: Action<string> }) {
  const { run, pending, failure } = useAction(begin, (url) => window.location.assign(url));
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    run({});
  }, [run]);
  return (
    <div className="flex flex-col gap-4">
      {failure !== null && <Callout state="blocked">{failure.message}</Callout>}
      <Button variant="primary" size="lg" pending={pending} onClick={() => run({})}>
        Go to the provider
      </Button>
    </div>
  );
}
