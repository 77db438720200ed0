import { Time } from "#components/live/time.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { StoreIdentity, StoreKind } from "#lib/stores/schema.ts";

const LABELS: Record<StoreKind, readonly (readonly [Exclude<keyof StoreIdentity, "kind">, string])[]> = {
  postgres: [
    ["system", "System identifier"],
    ["database", "Database"],
    ["schema", "Schema"],
    ["table", "Timestamp table"],
    ["tableId", "Table id"],
  ],
  cassandra: [
    ["system", "Cluster and hosts"],
    ["database", "Keyspace"],
    ["table", "Timestamp table"],
    ["tableId", "Table id"],
  ],
  oracle: [
    ["system", "DBID"],
    ["database", "Database"],
    ["schema", "Schema"],
    ["table", "Timestamp table"],
    ["tableId", "Object id"],
  ],
};

/** What the store was when it was first read, and how that was learned. */
export function StoreIdentityCard({ store }: { store: StoreDto }) {
  const { identity, identityPinnedAt } = store;
  const byHand = store.connection.kind === "oracle";
  if (identity === null || identityPinnedAt === null)
    return (
      <Card aria-label="Identity">
        <CardHeader title="Identity" actions={<StateBadge state="unknown">not pinned</StateBadge>} />
        <CardBody>
          {byHand
            ? "Nothing is pinned yet. Run the command below and paste its output: that pins which database, schema and table this is."
            : "The first connection test that succeeds pins which database this is. From then on nothing else is taken for it."}
        </CardBody>
      </Card>
    );
  return (
    <Card aria-label="Identity">
      <CardHeader
        title="Identity"
        description="What this store must prove to be, whatever its address."
        actions={<StateBadge state="pass">{byHand ? "pinned, pasted" : "pinned"}</StateBadge>}
      />
      <CardBody>
        <KeyValues
          columns={3}
          items={[
            ...LABELS[identity.kind].map(([part, label]) => ({
              label,
              value: <Mono text={identity[part]} />,
            })),
            { label: "Pinned", value: <Time at={identityPinnedAt} /> },
          ]}
        />
      </CardBody>
    </Card>
  );
}

function Mono({ text }: { text: string | null }) {
  if (text === null) return <span className="text-ink-muted">not told by the server</span>;
  return (
    <span className="inline-flex items-center font-mono break-all">
      {text}
      <CopyButton text={text} label={`Copy ${text}`} />
    </span>
  );
}
