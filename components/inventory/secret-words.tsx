import { Time } from "#components/live/time.tsx";
import type { SecretMark } from "#lib/inventory/schema.ts";

/** Whether a secret is stored; never the secret. */
export function SecretWords({ mark }: { mark: SecretMark }) {
  if (!mark.isSet) return <span className="text-ink-muted">none</span>;
  return (
    <span>
      stored, encrypted
      {mark.setAt !== null && (
        <>
          , set <Time at={mark.setAt} />
        </>
      )}
    </span>
  );
}
