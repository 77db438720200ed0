"use client";

import { RotateCw } from "lucide-react";

import { type Action, useAction } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toaster.tsx";

/** Has a delivery tried again at once. */
export function RetryDelivery({ id, action }: { id: string; action: Action }) {
  const { toast } = useToast();
  const { run, pending, failure } = useAction(action, () =>
    toast("It is tried again now. Reload the page to see what came of it."),
  );
  return (
    <div className="flex flex-col gap-2">
      <Button variant="primary" pending={pending} onClick={() => run({ id })}>
        <RotateCw aria-hidden />
        Try again now
      </Button>
      <ActionFailureCallout failure={failure} />
    </div>
  );
}
