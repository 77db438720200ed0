import { Callout } from "#components/ui/callout.tsx";

/** Says loudly when nothing but good behaviour keeps the application from changing the log. */
export function ProtectionNotice({ isProtected }: { isProtected: boolean }) {
  if (isProtected) return null;
  return (
    <Callout state="warning" live={false} title="Not protected in this database" className="mb-4">
      Lockstep works here as the role that owns the audit log, which could switch off what refuses changes.
      The chain still shows them. Start with LOCKSTEP_OWNER_DATABASE_URL set to another role than DATABASE_URL
      to protect it.
    </Callout>
  );
}
