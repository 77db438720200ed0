"use client";

import { type FormEvent, useRef, useState } from "react";

import { emptyNode, FilesStep, importedNodes, type NodeFilesValues } from "#components/import/files-step.tsx";
import { ReviewStep } from "#components/import/review-step.tsx";
import type { Action } from "#components/live/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { readImport } from "#lib/atlasdb/import-configuration.ts";
import type { KnownInventory } from "#lib/atlasdb/import-match.ts";
import type { ImportFinding, ImportProposal } from "#lib/atlasdb/import-proposal.ts";
import type { InventoryRef } from "#lib/inventory/schema.ts";

/** An environment that a service may be imported into; `administers`: new stores and clusters too. */
export interface ImportEnvironment extends InventoryRef {
  readonly administers: boolean;
}

interface ImportWizardProps {
  environments: readonly ImportEnvironment[];
  environmentId?: string | undefined;
  known: KnownInventory;
  save: Action<{ id: string }>;
}

interface Read {
  /** The files that were read, to tell whether they changed since. */
  readonly of: string;
  readonly proposal: ImportProposal;
}

/** The files as typed, and what was read from them last. */
function useReading(chosen: string) {
  const [nodes, setNodes] = useState<readonly NodeFilesValues[]>([emptyNode(1)]);
  const [problems, setProblems] = useState<readonly ImportFinding[]>([]);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [read, setRead] = useState<Read | null>(null);
  /** Reads what stands there; unchanged files keep their reading, and with it what was typed in its review. */
  const readFiles = (): boolean => {
    const wrong = nameErrors(nodes);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return false;
    const reading = readImport(importedNodes(nodes));
    setProblems(reading.ok ? [] : reading.findings);
    if (!reading.ok) return false;
    const of = JSON.stringify([chosen, nodes]);
    if (read?.of !== of) setRead({ of, proposal: reading.proposal });
    return true;
  };
  return { nodes, setNodes, problems, errors, read, readFiles };
}

/**
 * Imports a service from its files in two steps: paste, then review. The files are read in the browser and stay there; what was typed in
 * either step stays while one goes back and forth.
 */
export function ImportWizard({ environments, environmentId, known, save }: ImportWizardProps) {
  const [chosen, setChosen] = useState(environmentId ?? environments[0]?.id ?? "");
  const { read, readFiles, ...files } = useReading(chosen);
  const [reviewing, setReviewing] = useState(false);
  const environment = environments.find(({ id }) => id === chosen);
  return (
    <>
      <p className="mb-4 text-sm text-ink-muted" aria-live="polite">
        Step {reviewing ? "2 of 2: review what was read" : "1 of 2: paste the files"}
      </p>
      <FilesForm
        {...files}
        hidden={reviewing}
        environments={environments}
        chosen={chosen}
        onChoose={setChosen}
        onRead={() => {
          const isRead = readFiles();
          setReviewing(isRead);
          if (isRead) window.scrollTo({ top: 0 });
          return isRead;
        }}
      />
      {read !== null && environment !== undefined && (
        <div hidden={!reviewing}>
          <ReviewStep
            key={read.of}
            proposal={read.proposal}
            environment={environment}
            known={known}
            save={save}
            onBack={() => setReviewing(false)}
          />
        </div>
      )}
    </>
  );
}

interface FilesFormProps extends Omit<ReturnType<typeof useReading>, "read" | "readFiles"> {
  hidden: boolean;
  environments: readonly InventoryRef[];
  chosen: string;
  onChoose: (environmentId: string) => void;
  /** Whether the files could be read. */
  onRead: () => boolean;
}

function FilesForm(props: FilesFormProps) {
  const { hidden, environments, chosen, onChoose, onRead, nodes, setNodes, problems, errors } = props;
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (onRead()) return;
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  return (
    <form
      ref={form}
      noValidate
      hidden={hidden}
      aria-label="Read the files"
      onSubmit={submit}
      className={hidden ? undefined : "flex flex-col gap-8"}
    >
      <Callout state="note" live={false}>
        The files are read in this browser. Of what they hold, only the values that you review are sent, and
        passwords are encrypted before they are stored.
      </Callout>
      <Field label="Environment" required className="max-w-80">
        <Select value={chosen} onChange={(event) => onChoose(event.target.value)}>
          {environments.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <FilesStep nodes={nodes} onChange={setNodes} problems={problems} errors={errors} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary">
          Read the files
        </Button>
        <LinkButton href="/services" variant="ghost">
          Cancel
        </LinkButton>
      </div>
    </form>
  );
}

const NAME_MAX = 80;

/** Nodes are told apart by their names. */
function nameErrors(nodes: readonly NodeFilesValues[]): Record<string, string> {
  const names = nodes.map(({ name }) => name.trim());
  return Object.fromEntries(
    names.flatMap((name, index) => {
      if (name === "") return [[`nodes.${index}.name`, "Enter a name."]];
      if (name.length > NAME_MAX) return [[`nodes.${index}.name`, `At most ${NAME_MAX} characters.`]];
      if (names.indexOf(name) < index) return [[`nodes.${index}.name`, "Another node has this name."]];
      return [];
    }),
  );
}
