import type { Located } from "#lib/atlasdb/configuration-file.ts";
import type { ImportFact, ImportSubject } from "#lib/atlasdb/import-proposal.ts";

/** Collects the values of one subject with their places, while a proposal is made from them. */
export class FactCollector {
  readonly facts: ImportFact[] = [];
  readonly #about: ImportSubject;
  readonly #node: string;

  constructor(about: ImportSubject, node: string) {
    this.#about = about;
    this.#node = node;
  }

  /** A value that may be shown; `otherwise` stands in, with `note`, where the files do not say it. */
  take(
    field: string,
    label: string,
    value: Located | null,
    otherwise = "",
    note: string | null = null,
  ): string {
    const text = value?.text ?? otherwise;
    const because = value === null ? (note ?? (otherwise === "" ? "The files do not say it." : null)) : null;
    this.#add(field, label, text, value, because);
    return text;
  }

  /** A value read from somewhere but put differently, such as a path out of an address. */
  put(field: string, label: string, text: string, from: Located | null, note: string | null = null): void {
    this.#add(field, label, text, from, note);
  }

  /** A secret: its place is told, never its value. One that stands there as a variable is nobody's secret, and not taken. */
  secret(field: string, label: string, value: Located | null): string {
    if (value === null) {
      this.#add(field, label, "", null, "The files do not say it.");
      return "";
    }
    if (isVariable(value.text)) {
      this.#add(
        field,
        label,
        "",
        value,
        "A variable or an encrypted value stands there: type the secret itself.",
      );
      return "";
    }
    this.#add(field, label, null, value, null);
    return value.text;
  }

  #add(field: string, label: string, text: string | null, from: Located | null, note: string | null): void {
    const source = from === null ? null : { node: this.#node, file: from.file, line: from.line };
    this.facts.push({ about: this.#about, field, label, text, source, note });
  }
}

/** What stands in a file in place of a secret: a variable, an encrypted value, or what hides one. */
function isVariable(text: string): boolean {
  return /^(?:\$\{.*\}|\{\{.*\}\}|enc:.*|<[^>]*>|\$[A-Z_]+|\*+)$/s.test(text.trim());
}

/** A host and a port apart; IPv6 stands in brackets. The port is blank where none is written. */
export function hostAndPort(text: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(text.trim());
  if (bracketed) return { host: bracketed[1] ?? "", port: bracketed[2] ?? "" };
  const plain = /^([^:]*)(?::(\d+))?$/.exec(text.trim());
  return plain ? { host: plain[1] ?? "", port: plain[2] ?? "" } : { host: text.trim(), port: "" };
}
