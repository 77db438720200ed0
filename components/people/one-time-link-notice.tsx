import { Time } from "#components/live/time.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { OneTimeLinkDto } from "#lib/people/schema.ts";

/** The link, this once: nobody can look it up later. */
export function OneTimeLinkNotice({ link, name }: { link: OneTimeLinkDto; name: string }) {
  return (
    <Callout state="pass" title={`The link for ${name}`}>
      <p>
        Send it to them yourself. It works once, ends <Time at={link.expiresAt} />, and is not shown again:
        whoever has it sets the password.
      </p>
      <p className="mt-2 flex items-start gap-2">
        <code translate="no" className="min-w-0 font-mono text-sm break-all select-all">
          {link.url}
        </code>
        <CopyButton text={link.url} label="Copy the link" />
      </p>
    </Callout>
  );
}
