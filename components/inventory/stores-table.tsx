import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { connectionLine, STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { StoreDto } from "#lib/inventory/schema.ts";

/** Stores with where they are and who uses them. */
export function StoresTable({ stores }: { stores: readonly StoreDto[] }) {
  return (
    <Table label="Stores">
      <TableHead>
        <tr>
          <TableHeader>Store</TableHeader>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Kind</TableHeader>
          <TableHeader>Where</TableHeader>
          <TableHeader>Identity</TableHeader>
          <TableHeader numeric>Services</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {stores.map((store) => (
          <TableRow key={store.id}>
            <TableCell>
              <Link href={`/stores/${store.id}`} className="font-medium text-ink hover:underline">
                {store.name}
              </Link>
              {store.archivedAt !== null && (
                <Badge tone="outline" className="ml-2">
                  archived
                </Badge>
              )}
            </TableCell>
            <TableCell>
              <EnvironmentName environment={store.environment} short />
            </TableCell>
            <TableCell>{STORE_KIND_WORDS[store.connection.kind]}</TableCell>
            <TableCell className="font-mono break-all text-ink-muted">{connectionLine(store)}</TableCell>
            <TableCell>
              {store.identity === null ? (
                <span className="text-unknown">
                  {store.connection.kind === "oracle" ? "not pinned yet" : "not tested yet"}
                </span>
              ) : store.connection.kind === "oracle" ? (
                "pinned, pasted"
              ) : (
                "pinned"
              )}
            </TableCell>
            <TableCell numeric>{store.services.length}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
