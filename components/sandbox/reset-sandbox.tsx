"use client";

import { useState } from "react";

import type { SandboxOrders } from "#components/sandbox/use-sandbox-command.ts";
import { Button } from "#components/ui/button.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";

interface ResetSandboxProps {
  orders: SandboxOrders;
  blockedBecause: string | null;
}

/** Makes everything as it was at first, after asking. */
export function ResetSandbox({ orders, blockedBecause }: ResetSandboxProps) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const reset = async () => {
    const answer = await orders.mutateAsync({ kind: "reset" });
    setError(answer.ok ? null : answer.message);
    if (answer.ok) setOpen(false);
  };
  return (
    <section
      aria-labelledby="reset"
      className="flex flex-wrap items-center gap-x-6 gap-y-3 border-t border-line pt-6"
    >
      <div className="min-w-0 grow basis-80">
        <h2 id="reset" className="text-base font-semibold text-ink">
          Begin again
        </h2>
        <p className="max-w-prose text-sm text-ink-muted">
          Drops and makes the sandbox&apos;s stores anew, empties its TimeLock and starts its services as at
          first. The inventory, the audit log and finished migrations stay.
        </p>
      </div>
      <Button blockedBecause={blockedBecause} onClick={() => setOpen(true)}>
        Reset the sandbox
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Reset the sandbox"
        destructive
        description="Everything in the sandbox's own stores and TimeLock is lost. A migration of a sandbox service that is still open will refuse to go on, since its store will be another one: abandon it first. Record the service's timestamp source anew where a migration had changed it."
        pending={orders.isPending}
        error={error}
        onConfirm={() => void reset().catch(() => undefined)}
      />
    </section>
  );
}
