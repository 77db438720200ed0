import { SecretWords } from "#components/inventory/secret-words.tsx";
import { UsedBy } from "#components/inventory/used-by.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { ClusterDto } from "#lib/inventory/schema.ts";

/** A TimeLock cluster as recorded. */
export function ClusterDetails({ cluster }: { cluster: ClusterDto }) {
  return (
    <>
      <Card aria-label="Cluster">
        <CardHeader title="As recorded" />
        <CardBody>
          <KeyValues
            columns={3}
            items={[
              {
                label: "Base path",
                value:
                  cluster.basePath === "" ? "none" : <code className="font-mono">{cluster.basePath}</code>,
              },
              {
                label: "Load balancer",
                value: cluster.balancer ? "yes: answers cannot be laid to a node" : "no",
              },
              { label: "Server name", value: cluster.serverName ?? "as in the addresses" },
              {
                label: "Trusts",
                value:
                  cluster.caCertificates === null ? "the authorities of this machine" : "its own authority",
              },
              { label: "Client certificate", value: cluster.clientCertificate === null ? "none" : "given" },
              { label: "Client key", value: <SecretWords mark={cluster.clientKey} /> },
              { label: "Token", value: <SecretWords mark={cluster.token} /> },
              { label: "Services", value: <UsedBy services={cluster.services} /> },
            ]}
          />
        </CardBody>
      </Card>
      <Table label="Nodes">
        <TableHead>
          <tr>
            <TableHeader>Node</TableHeader>
            <TableHeader>Own name in redirects</TableHeader>
          </tr>
        </TableHead>
        <TableBody>
          {cluster.nodes.map((node) => (
            <TableRow key={node.id}>
              <TableCell className="font-mono break-all">
                {node.url}
                <CopyButton text={node.url} label={`Copy the address ${node.url}`} />
              </TableCell>
              <TableCell className="font-mono break-all text-ink-muted">{node.alias ?? "the same"}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </>
  );
}
