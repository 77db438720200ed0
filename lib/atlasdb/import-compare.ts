import type { ReadNode } from "#lib/atlasdb/import-configuration.ts";
import type { ImportFact, ImportFinding } from "#lib/atlasdb/import-proposal.ts";

/** The same words of the same list in any order are the same place. */
const LISTED = /^(contactPoints|nodes)\.\d/;

/**
 * Where the nodes of one service differ in what they must share: another store, namespace or cluster on one node is another service, or a
 * forgotten file. Secrets are compared and never quoted. Source: atlasdb-facts H15, H17, H22
 */
export function compareNodes(nodes: readonly ReadNode[]): ImportFinding[] {
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  return others.flatMap((other) => [...compareFacts(first, other), ...compareSecrets(first, other)]);
}

function compareFacts(first: ReadNode, other: ReadNode): ImportFinding[] {
  const wanted = factsOf(first);
  const found = factsOf(other);
  const keys = [...new Set([...wanted.keys(), ...found.keys()])];
  return keys.flatMap((key): ImportFinding[] => {
    const [here, there] = [wanted.get(key), found.get(key)];
    if (here?.text === there?.text) return [];
    const fact = there?.fact ?? here?.fact;
    if (fact === undefined) return [];
    const place = there?.fact.source ?? null;
    return [
      {
        severity: "blocking",
        code: "nodes-differ",
        message: `${fact.label.replace(/ \d+$/, "s")} of the ${fact.about}: ${other.node} says ${words(there?.text)}, ${first.node} says ${words(here?.text)}. All nodes of a service share it.`,
        file: place?.file ?? "install",
        line: place?.line ?? null,
        node: other.node,
      },
    ];
  });
}

function words(text: string | undefined): string {
  return text === undefined || text === "" ? "nothing" : text;
}

/** What is compared, lists as one. */
function factsOf(node: ReadNode): Map<string, { readonly text: string; readonly fact: ImportFact }> {
  const all = new Map<string, { text: string; fact: ImportFact }>();
  for (const fact of [...node.serviceFacts, ...node.facts]) {
    if (fact.text === null || fact.field === "password") continue;
    const list = LISTED.exec(fact.field)?.[1];
    const key = `${fact.about}.${list ?? fact.field}`;
    const before = all.get(key);
    const text =
      list === undefined ? fact.text : [...(before?.text.split(", ") ?? []), fact.text].toSorted().join(", ");
    all.set(key, { text, fact: before?.fact ?? fact });
  }
  return all;
}

function compareSecrets(first: ReadNode, other: ReadNode): ImportFinding[] {
  const secret = ({ store }: ReadNode) => (store === null || store.kind === "oracle" ? "" : store.password);
  const [here, there] = [secret(first), secret(other)];
  if (here === there || here === "" || there === "") return [];
  const place = other.facts.find(({ field }) => field === "password")?.source ?? null;
  return [
    {
      severity: "warning",
      code: "passwords-differ",
      message: `${other.node} has another password for the store than ${first.node}. That of ${first.node} is taken.`,
      file: place?.file ?? "install",
      line: place?.line ?? null,
      node: other.node,
    },
  ];
}
