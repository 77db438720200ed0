"use client";

import { NODE_KIND_WORDS } from "#components/inventory/node-kind-words.ts";
import { RowsEditor } from "#components/inventory/rows-editor.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { SERVICE_NODE_KINDS, type ServiceNodeKind } from "#lib/inventory/schema.ts";

/** One node as it is typed; `id` null for a new one. */
export interface ServiceNodeValues {
  readonly id: string | null;
  readonly name: string;
  readonly address: string;
  readonly kind: ServiceNodeKind;
}

/** One dependent as it is typed; `id` null for a new one. */
export interface DependentValues {
  readonly id: string | null;
  readonly name: string;
  readonly note: string;
}

interface EditorProps<Row> {
  onChange: (rows: readonly Row[]) => void;
  errors: Readonly<Record<string, string>>;
}

/** Everything that runs as the service. */
export function ServiceNodesEditor({
  nodes,
  onChange,
  errors,
}: EditorProps<ServiceNodeValues> & { nodes: readonly ServiceNodeValues[] }) {
  return (
    <RowsEditor
      rows={nodes}
      onChange={onChange}
      empty={{ id: null, name: "", address: "", kind: "node" }}
      word="node"
      none="None yet. A migration asks of each one whether it is stopped."
      render={(node, index, change) => (
        <div className="grid gap-3 sm:grid-cols-[1fr_1fr_12rem]">
          <Field label={`Name of node ${index + 1}`} required error={errors[`nodes.${index}.name`]}>
            <Input
              exact
              value={node.name}
              onChange={(event) => change({ ...node, name: event.target.value })}
            />
          </Field>
          <Field label={`Address of node ${index + 1}`} optional error={errors[`nodes.${index}.address`]}>
            <Input
              exact
              value={node.address}
              onChange={(event) => change({ ...node, address: event.target.value })}
            />
          </Field>
          <Field label={`Kind of node ${index + 1}`} required error={errors[`nodes.${index}.kind`]}>
            <Select
              value={node.kind}
              onChange={(event) => change({ ...node, kind: kindOf(event.target.value) })}
            >
              {SERVICE_NODE_KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {NODE_KIND_WORDS[kind]}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      )}
    />
  );
}

function kindOf(text: string): ServiceNodeKind {
  return SERVICE_NODE_KINDS.find((kind) => kind === text) ?? "node";
}

/** Services that depend on this one's endpoint. */
export function DependentsEditor({
  dependents,
  onChange,
  errors,
}: EditorProps<DependentValues> & { dependents: readonly DependentValues[] }) {
  return (
    <RowsEditor
      rows={dependents}
      onChange={onChange}
      empty={{ id: null, name: "", note: "" }}
      word="dependent"
      none="None."
      render={(dependent, index, change) => (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={`Name of dependent ${index + 1}`} required error={errors[`dependents.${index}.name`]}>
            <Input
              exact
              value={dependent.name}
              onChange={(event) => change({ ...dependent, name: event.target.value })}
            />
          </Field>
          <Field label={`Note on dependent ${index + 1}`} optional error={errors[`dependents.${index}.note`]}>
            <Input
              value={dependent.note}
              onChange={(event) => change({ ...dependent, note: event.target.value })}
            />
          </Field>
        </div>
      )}
    />
  );
}
