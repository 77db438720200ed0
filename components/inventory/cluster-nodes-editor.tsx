"use client";

import { RowsEditor } from "#components/inventory/rows-editor.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** One node as it is typed. */
export interface NodeValues {
  readonly url: string;
  readonly alias: string;
}

interface ClusterNodesEditorProps {
  nodes: readonly NodeValues[];
  onChange: (nodes: readonly NodeValues[]) => void;
  errors: Readonly<Record<string, string>>;
}

/** The addresses of a cluster's nodes. */
export function ClusterNodesEditor({ nodes, onChange, errors }: ClusterNodesEditorProps) {
  return (
    <>
      {errors["nodes"] !== undefined && <Callout state="blocked">{errors["nodes"]}</Callout>}
      <RowsEditor
        rows={nodes}
        onChange={onChange}
        empty={{ url: "", alias: "" }}
        word="node"
        min={1}
        render={(node, index, change) => (
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label={`Address of node ${index + 1}`} required error={errors[`nodes.${index}.url`]}>
              <Input
                exact
                placeholder="https://timelock-1.example.com:8421"
                value={node.url}
                onChange={(event) => change({ ...node, url: event.target.value })}
              />
            </Field>
            <Field
              label={`Own name of node ${index + 1}`}
              optional
              error={errors[`nodes.${index}.alias`]}
              {...(index === 0 && { hint: "What the node calls itself in redirects, where that differs." })}
            >
              <Input
                exact
                placeholder="https://timelock-1:8421"
                value={node.alias}
                onChange={(event) => change({ ...node, alias: event.target.value })}
              />
            </Field>
          </div>
        )}
      />
    </>
  );
}
