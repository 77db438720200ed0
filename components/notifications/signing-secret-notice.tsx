import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { ReactNode } from "react";

/** The secret that signs a webhook, this once. */
export function SigningSecretNotice({ secret, actions }: { secret: string; actions?: ReactNode }) {
  return (
    <Callout state="pass" title="The signing secret, shown this once" actions={actions}>
      <p>
        Give it to whoever receives the webhook: they check with it that a message came from this console and
        was not changed. How stands in docs/protocols/webhooks.md. It cannot be looked up later, only
        replaced.
      </p>
      <p className="mt-2 flex items-start gap-2">
        <code translate="no" className="min-w-0 font-mono text-sm break-all select-all">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy the signing secret" />
      </p>
    </Callout>
  );
}
