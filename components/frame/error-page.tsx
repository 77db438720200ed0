"use client";

import { Button } from "#components/ui/button.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";

export interface ErrorPageProps {
  error: Error & { digest?: string };
  retry: () => void;
}

/** A page that could not be built: what that means for the systems, and how to go on. */
export function ErrorPage({ error, retry }: ErrorPageProps) {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="mx-auto w-full max-w-3xl px-4 pt-10 pb-24 outline-none sm:px-6"
    >
      <h1 className="sr-only">Error</h1>
      <ErrorState
        title="This page could not be built"
        action={
          <Button variant="primary" onClick={retry}>
            Read the page again
          </Button>
        }
      >
        <p>
          Lockstep failed while it read what this page shows. Showing a page changes nothing: no system was
          touched, and running steps go on. If it happens again, give the reference below to whoever keeps
          this console.
        </p>
        {error.digest !== undefined && <p className="mt-2 font-mono text-sm">reference {error.digest}</p>}
      </ErrorState>
    </main>
  );
}
