import { countWords } from "#components/copy/copy-words.ts";
import { Callout } from "#components/ui/callout.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

/** What to do next, where that is for a person to do; nothing while it only has to go on. */
export function NextStep({ view }: { view: CopyView }) {
  const { kind, state, differences } = view;
  const migration = (
    <LinkButton href={`/migrations/${view.migrationId}`} variant="primary">
      Go to the migration
    </LinkButton>
  );
  if (kind === "compare" && differences.found > 0) return <Differs view={view} />;
  if (state === "cancelled") {
    return (
      <Callout
        state="warning"
        title={`This ${kind === "copy" ? "copy" : "comparison"} was cancelled`}
        live={false}
        actions={migration}
      >
        {kind === "copy"
          ? "The source is untouched. The destination holds readable, incomplete data: no client may ever start on it. Next: start the move over on its page."
          : "It proves nothing. Both stores stay as they are. Next: run the step again; a new comparison begins from the first cell."}
      </Callout>
    );
  }
  if (state !== "complete") return null;
  return kind === "copy" ? (
    <Callout state="pass" title="Every range is copied" live={false} actions={migration}>
      That is not proven yet: the next step compares every cell both ways.
    </Callout>
  ) : (
    <Callout state="pass" title="No cell differs" live={false} actions={migration}>
      Every cell was compared both ways, and each has exactly one version at S.
    </Callout>
  );
}

/** No hand-over with any difference, and the two ways on. */
function Differs({ view: { differences, state, migrationId } }: { view: CopyView }) {
  const count = countWords(differences.found);
  return (
    <Callout
      state="blocked"
      title={`${count} ${differences.found === 1 ? "cell differs" : "cells differ"}, so nothing is handed over`}
      actions={<LinkButton href={`/migrations/${migrationId}`}>Go to the migration</LinkButton>}
    >
      <p>
        Clients stay off the destination with a single difference. The source is untouched
        {state === "complete" ? "." : "; the comparison goes on and lists what else it finds."}
      </p>
      <p className="mt-1">
        <span className="font-medium">Next: </span>
        find out who wrote, by the keys below. If the destination was changed by somebody, mend exactly these
        cells and compare again. If the source was, or the reason stays unknown, start the move over on its
        page: a new plan copies everything anew.
      </p>
    </Callout>
  );
}
