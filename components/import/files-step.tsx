"use client";

import { FormSection } from "#components/inventory/form-shell.tsx";
import { RowsEditor } from "#components/inventory/rows-editor.tsx";
import { Field } from "#components/ui/field.tsx";
import { FileTextField } from "#components/ui/file-text-field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { ImportedNode, ImportFinding } from "#lib/atlasdb/import-proposal.ts";

/** The files of one node as they are typed. */
export interface NodeFilesValues {
  readonly name: string;
  readonly install: string;
  readonly installRoot: string;
  readonly runtime: string;
  readonly runtimeRoot: string;
}

/** What a new row begins with. */
export function emptyNode(number: number): NodeFilesValues {
  return { name: `node-${number}`, install: "", installRoot: "", runtime: "", runtimeRoot: "" };
}

/** The rows as the reader takes them; an empty runtime file is none, a blank root is searched. */
export function importedNodes(nodes: readonly NodeFilesValues[]): readonly ImportedNode[] {
  return nodes.map(({ name, install, installRoot, runtime, runtimeRoot }) => ({
    name,
    files: {
      install: { text: install, root: installRoot.trim() === "" ? undefined : installRoot.trim() },
      runtime:
        runtime.trim() === ""
          ? null
          : { text: runtime, root: runtimeRoot.trim() === "" ? undefined : runtimeRoot.trim() },
    },
  }));
}

interface FilesStepProps {
  nodes: readonly NodeFilesValues[];
  onChange: (nodes: readonly NodeFilesValues[]) => void;
  /** Why files could not be read, by node and file. */
  problems: readonly ImportFinding[];
  errors: Readonly<Record<string, string>>;
}

/** The files of each node, pasted or read from disk. */
export function FilesStep({ nodes, onChange, problems, errors }: FilesStepProps) {
  return (
    <FormSection
      title="Files of each node"
      description="One node is enough. With more of them, every node is compared with the first: a forgotten old file is found that way."
    >
      <RowsEditor
        rows={nodes}
        onChange={onChange}
        empty={emptyNode(nodes.length + 1)}
        word="node"
        min={1}
        render={(node, index, change) => (
          <NodeFields
            node={node}
            number={index + 1}
            change={change}
            problems={problems.filter((problem) => problem.node === node.name)}
            nameError={errors[`nodes.${index}.name`]}
          />
        )}
      />
    </FormSection>
  );
}

interface NodeFieldsProps {
  node: NodeFilesValues;
  number: number;
  change: (node: NodeFilesValues) => void;
  problems: readonly ImportFinding[];
  nameError: string | undefined;
}

function NodeFields({ node, number, change, problems, nameError }: NodeFieldsProps) {
  const errorOf = (file: "install" | "runtime") =>
    problems
      .filter((problem) => problem.file === file)
      .map(({ message }) => message)
      .join(" ");
  return (
    <div className="flex flex-col gap-4 rounded-lg border border-line p-3">
      <Field label={`Name of node ${number}`} required error={nameError} className="max-w-80">
        <Input exact value={node.name} onChange={(event) => change({ ...node, name: event.target.value })} />
      </Field>
      <div className="grid gap-4 lg:grid-cols-2">
        {(["install", "runtime"] as const).map((file) => (
          <FileFields
            key={file}
            file={file}
            node={node}
            number={number}
            change={change}
            error={errorOf(file)}
          />
        ))}
      </div>
    </div>
  );
}

interface FileFieldsProps extends Pick<NodeFieldsProps, "node" | "number" | "change"> {
  file: "install" | "runtime";
  error: string;
}

function FileFields({ file, node, number, change, error }: FileFieldsProps) {
  const root = file === "install" ? "installRoot" : "runtimeRoot";
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <FileTextField
        label={`${file === "install" ? "Install" : "Runtime"} file of node ${number}`}
        required={file === "install"}
        rows={12}
        error={error}
        hint={file === "runtime" ? "Leave it empty if the node has none." : undefined}
        value={node[file]}
        onChange={(text) => change({ ...node, [file]: text })}
      />
      <Field
        label={`Place of AtlasDB in the ${file} file of node ${number}`}
        optional
        hint="Such as /atlasdb. Found by itself unless the file has more than one."
      >
        <Input
          exact
          placeholder="/atlasdb"
          value={node[root]}
          onChange={(event) => change({ ...node, [root]: event.target.value })}
        />
      </Field>
    </div>
  );
}
