import { Time } from "#components/live/time.tsx";
import { Callout } from "#components/ui/callout.tsx";

/** Says that a thing is archived and what that means. */
export function ArchivedNote({ archivedAt }: { archivedAt: string | null }) {
  if (archivedAt === null) return null;
  return (
    <Callout state="warning" live={false} className="mb-6" title="Archived">
      Archived <Time at={archivedAt} />. It cannot be used or changed until it is restored.
    </Callout>
  );
}
