import { Time } from "#components/live/time.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { NewTokenDto } from "#lib/tokens/schema.ts";

/** The secret, this once: it is stored nowhere. */
export function NewTokenNotice({ token }: { token: NewTokenDto }) {
  return (
    <Callout state="pass" title="The token, shown this once">
      <p>
        Keep it where secrets are kept: it is not stored here and cannot be shown again. It works until{" "}
        <Time at={token.expiresAt} />.
      </p>
      <p className="mt-2 flex items-start gap-2">
        <code translate="no" className="min-w-0 font-mono text-sm break-all select-all">
          {token.secret}
        </code>
        <CopyButton text={token.secret} label="Copy the token" />
      </p>
      <p className="mt-2">
        Programs send it in the header <code translate="no">Authorization: Bearer …</code>; what they can ask
        stands in <code translate="no">/api/v1/openapi.json</code>.
      </p>
    </Callout>
  );
}
