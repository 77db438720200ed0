import type { ClusterTestReport, NodeTestReport } from "#lib/inventory/schema.ts";
import type { CertificateSeen, ClusterHealth, NamespaceUnion, NodeHealth } from "#lib/timelock/timelock.ts";

const EXPIRY_WARNING_DAYS = 30;
const DAY_MS = 86_400_000;

/** Words a survey of a cluster for the person: each node for itself, and whether a majority answers. */
export function clusterReport(health: ClusterHealth, listed: NamespaceUnion, now: Date): ClusterTestReport {
  const nodes = health.nodes.map((node) => nodeReport(node, now));
  const failed = nodes.filter(({ verdict }) => verdict === "failed").length;
  const ours =
    health.clientCertificate === null
      ? null
      : expiry(health.clientCertificate, "Our client certificate", now);
  const weak = nodes.some(({ verdict }) => verdict !== "pass") || ours !== null;
  const lost = health.quorum.state === "lost";
  const answered = listed.perNode.some(({ outcome }) => outcome.ok);
  return {
    verdict: lost ? "failed" : weak ? "warning" : "pass",
    summary: [summarise(nodes.length, failed, lost), ours].filter((text) => text !== null).join(" "),
    nodes,
    namespaces: answered ? [...listed.namespaces].toSorted() : null,
    testedAt: now.toISOString(),
  };
}

function summarise(all: number, failed: number, lost: boolean): string {
  if (lost)
    return `${all - failed} of ${all} nodes answer as TimeLock: that is no majority, so this cluster cannot issue timestamps as entered.`;
  if (failed > 0)
    return `${all - failed} of ${all} nodes answer: a majority, but the next failure may end it.`;
  return all === 1 ? "The address answers as TimeLock." : `All ${all} nodes answer as TimeLock.`;
}

function nodeReport(node: NodeHealth, now: Date): NodeTestReport {
  const certificate = node.certificate;
  const facts = [
    { label: "Answer time", value: `${node.elapsedMs} ms` },
    ...(node.version === null ? [] : [{ label: "Version", value: node.version }]),
    ...(node.serverId === null ? [] : [{ label: "Server id", value: node.serverId }]),
    ...(node.leads === null ? [] : [{ label: "Leads", value: node.leads ? "yes" : "no" }]),
    ...(certificate === null
      ? []
      : [
          { label: "Certificate", value: `${certificate.subject}, issued by ${certificate.issuer}` },
          { label: "Certificate valid until", value: certificate.validTo.toISOString() },
          { label: "Certificate fingerprint", value: certificate.fingerprint256 },
        ]),
  ];
  if (node.failure !== null)
    return {
      url: node.node,
      verdict: "failed",
      code: node.failure.code,
      message: node.failure.message,
      facts,
    };
  const warning = certificate === null ? null : expiry(certificate, "Its certificate", now);
  if (warning !== null)
    return {
      url: node.node,
      verdict: "warning",
      code: "tls-expires-soon",
      message: `Answers as TimeLock. ${warning}`,
      facts,
    };
  return { url: node.node, verdict: "pass", code: null, message: "Answers as TimeLock.", facts };
}

function expiry(certificate: CertificateSeen, whose: string, now: Date): string | null {
  const days = Math.floor((certificate.validTo.getTime() - now.getTime()) / DAY_MS);
  if (days >= EXPIRY_WARNING_DAYS) return null;
  if (days < 0) return `${whose} has expired on ${certificate.validTo.toISOString().slice(0, 10)}.`;
  return `${whose} expires in ${days} days: renew it before a migration.`;
}
