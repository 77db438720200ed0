import { FindingsList } from "#components/migrations/findings-list.tsx";
import { countWords } from "#components/migrations/step-words.ts";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import type { ImportFinding } from "#lib/atlasdb/import-proposal.ts";
import type { FindingView } from "#lib/migrations/schema.ts";

interface ImportFindingsProps {
  findings: readonly ImportFinding[];
}

/** What AtlasDB's own rules say about the files. */
export function ImportFindings({ findings }: ImportFindingsProps) {
  const views = findings.map(viewOf);
  return (
    <Card aria-label="AtlasDB’s rules">
      <CardHeader
        title="AtlasDB’s rules"
        description={`Every rule of AtlasDB on every file: ${countWords(views)}.`}
      />
      <CardBody>
        <FindingsList findings={views} />
      </CardBody>
    </Card>
  );
}

function viewOf({ severity, code, message, node, file, line }: ImportFinding, index: number): FindingView {
  const place = `${file} file${line === null ? "" : `, line ${line}`}`;
  return {
    id: `${code}-${index}`,
    level: severity,
    title: message,
    detail: node === null ? place : `${node}, ${place}`,
    remedy: severity === "blocking" ? "Mend the file on the node, and read it again." : null,
    readings: [],
  };
}
