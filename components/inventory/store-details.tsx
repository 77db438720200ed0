import { SecretWords } from "#components/inventory/secret-words.tsx";
import { STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import { UsedBy } from "#components/inventory/used-by.tsx";
import { Time } from "#components/live/time.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { StoreDto } from "#lib/inventory/schema.ts";

/** A store as recorded. */
export function StoreDetails({ store }: { store: StoreDto }) {
  const { connection } = store;
  return (
    <>
      <Card aria-label="Store">
        <CardHeader title="As recorded" />
        <CardBody>
          <KeyValues
            columns={3}
            items={[
              { label: "Kind", value: STORE_KIND_WORDS[connection.kind] },
              { label: "Host", value: <code className="font-mono break-all">{connection.host}</code> },
              { label: "Port", value: <code className="font-mono">{connection.port}</code> },
              {
                label: "Database",
                value: <code className="font-mono break-all">{connection.database}</code>,
              },
              { label: "User", value: <code className="font-mono break-all">{connection.user}</code> },
              { label: "Password", value: <SecretWords mark={store.password} /> },
              {
                label: "Table prefix",
                value:
                  store.tablePrefix === "" ? "none" : <code className="font-mono">{store.tablePrefix}</code>,
              },
              { label: "Schema", value: store.schema ?? "found by the search path" },
              { label: "TLS", value: connection.tlsMode },
              {
                label: "Trusts",
                value:
                  connection.caCertificates === null
                    ? "the authorities of this machine"
                    : "its own authority",
              },
              { label: "Client key", value: <SecretWords mark={store.clientKey} /> },
              { label: "Services", value: <UsedBy services={store.services} /> },
            ]}
          />
        </CardBody>
      </Card>
      <Identity store={store} />
    </>
  );
}

/** What the address led to when it was first read. */
function Identity({ store }: { store: StoreDto }) {
  const { identity, identityPinnedAt } = store;
  if (identity === null || identityPinnedAt === null) {
    return (
      <Card aria-label="Identity">
        <CardHeader title="Identity" actions={<StateBadge state="unknown">not pinned</StateBadge>} />
        <CardBody>
          The first connection test that succeeds pins which database this is. From then on nothing else is
          taken for it.
        </CardBody>
      </Card>
    );
  }
  return (
    <Card aria-label="Identity">
      <CardHeader
        title="Identity"
        description="What this store must prove to be, whatever its address."
        actions={<StateBadge state="pass">pinned</StateBadge>}
      />
      <CardBody>
        <KeyValues
          columns={3}
          items={[
            { label: "System identifier", value: <Mono text={identity.system} /> },
            { label: "Database", value: <Mono text={identity.database} /> },
            { label: "Schema", value: <Mono text={identity.schema} /> },
            { label: "Timestamp table", value: <Mono text={identity.table} /> },
            { label: "Table id", value: <Mono text={identity.tableId} /> },
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
