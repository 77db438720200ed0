"use client";

import { useDeferredValue, useMemo, useState } from "react";

import { ConfigurationRootField } from "#components/migrations/configuration-root-field.tsx";
import { LineDiffView } from "#components/migrations/line-diff-view.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { FileTextField } from "#components/ui/file-text-field.tsx";
import { Input } from "#components/ui/input.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import type { ConfigurationForm } from "#lib/atlasdb/changed-files.ts";
import { configurationChanges } from "#lib/atlasdb/configuration-changes.ts";
import { redactConfiguration } from "#lib/atlasdb/redact-configuration.ts";
import type { StepView } from "#lib/migrations/schema.ts";

interface NewFilesPanelProps {
  guide: NonNullable<StepView["configurationGuide"]>;
}

/** Makes a node's new files from its present ones, in the browser alone: nothing that is pasted here is sent anywhere. */
export function NewFilesPanel({ guide }: NewFilesPanelProps) {
  const [install, setInstall] = useState("");
  const [runtime, setRuntime] = useState("");
  const [root, setRoot] = useState("");
  const [address, setAddress] = useState("");
  const old = useDeferredValue(
    useMemo(() => ({ install, runtime, root, address }), [install, runtime, root, address]),
  );
  const forms = useMemo(() => formsOf(guide, old), [guide, old]);
  const asksRoot = forms?.some(({ problems }) => problems.some(({ code }) => code.startsWith("root-")));
  return (
    <details className="rounded-lg border border-line">
      <summary className="min-h-10 px-3 py-2 text-base font-medium text-ink hover:bg-hover/60">
        Make a node’s new files from its present ones
      </summary>
      <div className="flex flex-col gap-4 px-3 pt-1 pb-4">
        <p className="text-sm text-ink-muted">
          What you paste here stays in this browser. Order, comments and everything that has nothing to do
          with this migration stay as they are. Passwords are hidden in the comparison and kept in what you
          copy.
        </p>
        <div className="grid gap-4 lg:grid-cols-2">
          <FileTextField label="Present install file" value={install} onChange={setInstall} />
          <FileTextField
            label="Present runtime file"
            hint="Leave it empty if the node has none."
            value={runtime}
            onChange={setRuntime}
          />
        </div>
        {(root !== "" || asksRoot === true) && <ConfigurationRootField value={root} onChange={setRoot} />}
        {guide.runbook === "from-timelock" && (
          <Field
            label="The node’s own address"
            optional
            hint="Only for the form with a leader block, which names it as its one member."
            className="max-w-96"
          >
            <Input
              exact
              placeholder="https://orders-1.example.com:8080"
              value={address}
              onChange={(event) => setAddress(event.target.value)}
            />
          </Field>
        )}
        {forms !== null && <Forms forms={forms} />}
      </div>
    </details>
  );
}

interface Pasted {
  install: string;
  runtime: string;
  root: string;
  address: string;
}

function formsOf({ runbook, wanted }: NewFilesPanelProps["guide"], pasted: Pasted) {
  const { install, runtime, root, address } = pasted;
  if (install.trim() === "") return null;
  const files = {
    install: { text: install, root: root.trim() === "" ? undefined : root.trim() },
    runtime: runtime.trim() === "" ? null : { text: runtime },
  };
  return configurationChanges(runbook, files, {
    ...wanted,
    localServer: address.trim() || wanted.localServer,
  });
}

function Forms({ forms }: { forms: readonly ConfigurationForm[] }) {
  const [only] = forms;
  if (only === undefined) return null;
  if (forms.length === 1) return <FormOfFiles form={only} />;
  const tabs = forms.map((form) => ({
    id: form.id,
    label: form.title,
    content: (
      <div className="flex flex-col gap-4">
        <p className="text-base text-ink">{form.text}</p>
        <FormOfFiles form={form} />
      </div>
    ),
  }));
  return <Tabs label="Forms of the new files" tabs={tabs} />;
}

function FormOfFiles({ form: { changes, files, problems } }: { form: ConfigurationForm }) {
  const checks = changes.filter(({ action }) => action === "check");
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {problems.map(({ code, severity, message, file, line }) => (
        <Callout
          key={`${code} ${file} ${line}`}
          state={severity === "blocking" ? "blocked" : "warning"}
          title={`${file === "install" ? "Install" : "Runtime"} file${line === null ? "" : `, line ${line}`}`}
        >
          {message}
        </Callout>
      ))}
      {files.map(({ file, before, after }) => (
        <div key={file} className="flex min-w-0 flex-col gap-1.5">
          <h4 className="text-sm font-medium text-ink">
            {before === after ? `The ${file} file stays as it is` : `The new ${file} file`}
          </h4>
          {before !== after && (
            <LineDiffView
              before={redactConfiguration(before)}
              after={redactConfiguration(after)}
              copied={after}
              label={`${file} file`}
            />
          )}
        </div>
      ))}
      {checks.length > 0 && (
        <ul className="flex flex-col gap-2">
          {checks.map(({ key, text }) => (
            <li key={`${key} ${text}`} className="flex gap-2.5 text-base text-ink">
              <StateIcon state="warning" className="mt-0.75" />
              {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
