import { Age } from "#components/live/age.tsx";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { StateBadge } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { SandboxStoreView } from "#lib/rehearsal/schema.ts";

interface StoreTableProps {
  stores: readonly SandboxStoreView[];
  readAt: string;
}

/** What each store's bound table holds, with the column as it is really named. */
export function StoreTable({ stores, readAt }: StoreTableProps) {
  return (
    <section aria-labelledby="stores" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 id="stores" className="text-lg font-semibold text-ink">
          Stores
        </h2>
        <span className="text-xs text-ink-faint">
          read from _timestamp <Age readAt={readAt} />
        </span>
      </div>
      <Table label="Stores of the sandbox">
        <TableHead>
          <tr>
            <TableHeader>Store</TableHeader>
            <TableHeader>Bound</TableHeader>
            <TableHeader numeric>Value</TableHeader>
            <TableHeader numeric>Newest punch</TableHeader>
            <TableHeader numeric>Transactions</TableHeader>
            <TableHeader>Database</TableHeader>
          </tr>
        </TableHead>
        <TableBody>
          {stores.map((store) => (
            <StoreRow key={store.id} store={store} />
          ))}
        </TableBody>
      </Table>
    </section>
  );
}

function StoreRow({ store }: { store: SandboxStoreView }) {
  return (
    <TableRow>
      <TableCell>
        <span className="font-medium text-ink">{store.id}</span>
        <span className="block text-xs text-ink-muted">{store.origin}</span>
      </TableCell>
      <TableCell>
        {store.problem === null ? (
          <span className="font-mono">{store.columns.join(", ")}</span>
        ) : (
          <StateBadge state="unknown">{store.problem}</StateBadge>
        )}
      </TableCell>
      <TableCell numeric>
        <BoundValues store={store} />
      </TableCell>
      <TableCell numeric>
        {store.newestPunch === null ? (
          <span className="text-ink-muted">none</span>
        ) : (
          <TimestampValue value={store.newestPunch} copy={false} />
        )}
      </TableCell>
      <TableCell numeric>{store.problem === null ? store.transactions : "unknown"}</TableCell>
      <TableCell>
        <span className="font-mono text-xs">
          {store.host}:{store.port}/{store.database}
        </span>
      </TableCell>
    </TableRow>
  );
}

function BoundValues({ store }: { store: SandboxStoreView }) {
  if (store.problem !== null) return <TimestampValue value={null} />;
  if (store.rows.length === 0) return <span className="text-ink-muted">no row</span>;
  return store.rows.map((row, index) => (
    <span key={index} className="block">
      {row.map((value, column) => (
        <BoundValue key={column} value={value} label={`bound of ${store.id}`} />
      ))}
    </span>
  ));
}

/** A cell that is no long is shown as its bytes: a bound of one byte is an invalidated one. */
function BoundValue({ value, label }: { value: string | null; label: string }) {
  if (value === null) return <span>NULL </span>;
  if (value.startsWith("0x")) return <span className="font-mono">{value} </span>;
  return <TimestampValue value={value} label={label} />;
}
