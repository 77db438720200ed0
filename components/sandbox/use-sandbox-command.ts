"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useToast } from "#components/ui/toaster.tsx";
import { sandboxQuery } from "#lib/rehearsal/queries.ts";
import type { SandboxCommand } from "#lib/rehearsal/schema.ts";

/** What the page's server action answers, as far as it matters here. */
export type CommandAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string };
export type SendCommand = (command: SandboxCommand) => Promise<CommandAnswer>;

/** Sends orders to the sandbox and reads it again afterwards; refusals are shown as they were said. */
export function useSandboxCommand(send: SendCommand) {
  const { toast } = useToast();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: (answer) => {
      if (!answer.ok) toast(answer.message, "warning");
    },
    onError: () => toast("The console does not answer. The order may or may not have been given.", "unknown"),
    onSettled: async () => queries.invalidateQueries({ queryKey: sandboxQuery().queryKey }),
  });
}

export type SandboxOrders = ReturnType<typeof useSandboxCommand>;
