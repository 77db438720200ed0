"use client";

import type { ReactNode } from "react";

import { FactsTable, sourceWords } from "#components/import/facts-table.tsx";
import type { PartChoice } from "#components/import/import-values.ts";
import { ChoiceCards } from "#components/migrations/choice-cards.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { ImportFact, KeyStoreAdvice } from "#lib/atlasdb/import-proposal.ts";
import type { InventoryRef } from "#lib/inventory/schema.ts";

interface PartCardProps {
  title: string;
  description: string;
  facts: readonly ImportFact[];
  advice?: readonly KeyStoreAdvice[];
  children: ReactNode;
}

/** One thing that the import adds or uses: what the files say of it, then what will be saved. */
export function PartCard({ title, description, facts, advice = [], children }: PartCardProps) {
  return (
    <Card aria-label={title}>
      <CardHeader title={title} description={description} />
      <CardBody className="flex flex-col gap-5">
        {facts.length > 0 && <FactsTable label={`${title} in the files`} facts={facts} />}
        {advice.map((one) => (
          <details key={one.title} className="rounded-lg border border-line">
            <summary className="min-h-10 px-3 py-2 text-base text-ink hover:bg-hover/60">
              <span className="font-medium">{one.title}</span>{" "}
              <span className="text-sm text-ink-muted">{sourceWords(one.source)}</span>
            </summary>
            <div className="flex flex-col gap-2 px-3 pb-3">
              <p className="text-sm text-ink-muted">
                The file is on the node, and Lockstep reads PEM. Run this there, and paste what it prints into
                the fields below.
              </p>
              <CodeBlock code={one.commands} label={one.title} />
            </div>
          </details>
        ))}
        {children}
      </CardBody>
    </Card>
  );
}

interface PartChoiceFieldProps {
  /** "store" or "TimeLock cluster". */
  word: string;
  choice: PartChoice;
  onChange: (choice: PartChoice) => void;
  /** What the environment has already. */
  existing: readonly InventoryRef[];
  /** The one that the files name, as far as it can be told. */
  match: InventoryRef | null;
  error: string | undefined;
}

/** Whether a part is one that is there already or a new one. */
export function PartChoiceField({ word, choice, onChange, existing, match, error }: PartChoiceFieldProps) {
  if (existing.length === 0) return null;
  return (
    <>
      <ChoiceCards
        legend={`What to do about the ${word}`}
        value={choice.use}
        onChange={(use) => onChange({ ...choice, use: use === "existing" ? "existing" : "new" })}
        choices={[
          {
            id: "existing",
            title: `Use a ${word} that is there already`,
            description:
              match === null
                ? "None of this environment has the address that the files name."
                : `${match.name} has the address that the files name.`,
          },
          {
            id: "new",
            title: `Add a new ${word}`,
            description: "With the values of the files, as changed below.",
          },
        ]}
      />
      {choice.use === "existing" && (
        <Field label={`The ${word}`} required error={error} className="max-w-96">
          <Select value={choice.id} onChange={(event) => onChange({ ...choice, id: event.target.value })}>
            <option value="">Choose a {word}</option>
            {existing.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
                {id === match?.id ? " (same address)" : ""}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </>
  );
}
