import Link from "next/link";

import { NODE_KIND_WORDS } from "#components/inventory/node-kind-words.ts";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";

/** A service as recorded: store, cluster, namespace. */
export function ServiceRecord({ service }: { service: ServiceDto }) {
  const { store, cluster, namespace } = service;
  return (
    <Card aria-label="As recorded">
      <CardHeader title="As recorded" />
      <CardBody className="flex flex-col gap-4">
        <KeyValues
          columns={3}
          items={[
            {
              label: "Timestamp source",
              value: service.timestampSource === "embedded" ? "embedded: its own store" : "TimeLock",
            },
            { label: "Store", value: <Ref href={`/stores/${store.id}`} name={store.name} /> },
            {
              label: "TimeLock cluster",
              value: cluster === null ? "none" : <Ref href={`/clusters/${cluster.id}`} name={cluster.name} />,
            },
            {
              label: "Namespace",
              value: namespace === null ? "none" : <code className="font-mono break-all">{namespace}</code>,
            },
            { label: "AtlasDB version", value: service.atlasdbVersion ?? "not recorded" },
          ]}
        />
        {service.notes !== "" && <p className="max-w-prose whitespace-pre-line text-ink">{service.notes}</p>}
      </CardBody>
    </Card>
  );
}

function Ref({ href, name }: { href: string; name: string }) {
  return (
    <Link href={href} className="text-accent hover:underline">
      {name}
    </Link>
  );
}

/** Everything that must be stopped together. */
export function ServiceNodes({ service }: { service: ServiceDto }) {
  return (
    <section aria-labelledby="service-nodes">
      <h2 id="service-nodes" className="mb-2 text-base font-semibold">
        What runs as this service
      </h2>
      {service.nodes.length === 0 ? (
        <p className="text-ink-muted">
          Nothing is recorded. A migration asks of each node whether it is stopped, so record all of them
          first.
        </p>
      ) : (
        <Table label="Nodes of the service">
          <TableHead>
            <tr>
              <TableHeader>Name</TableHeader>
              <TableHeader>Kind</TableHeader>
              <TableHeader>Address</TableHeader>
            </tr>
          </TableHead>
          <TableBody>
            {service.nodes.map((node) => (
              <TableRow key={node.id}>
                <TableCell className="font-mono break-all">{node.name}</TableCell>
                <TableCell>{NODE_KIND_WORDS[node.kind]}</TableCell>
                <TableCell className="font-mono break-all text-ink-muted">
                  {node.address === "" ? "not recorded" : node.address}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </section>
  );
}

/** Services that take locks and timestamps from this one. */
export function ServiceDependents({ service }: { service: ServiceDto }) {
  if (service.dependents.length === 0) return null;
  return (
    <section aria-labelledby="service-dependents">
      <h2 id="service-dependents" className="mb-2 text-base font-semibold">
        Dependents
      </h2>
      <ul className="flex flex-col gap-1">
        {service.dependents.map((dependent) => (
          <li key={dependent.id}>
            <span className="font-mono">{dependent.name}</span>
            {dependent.note !== "" && <span className="text-ink-muted"> · {dependent.note}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
