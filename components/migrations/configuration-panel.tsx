"use client";

import { ChevronRight } from "lucide-react";
import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { ConfigurationRootField } from "#components/migrations/configuration-root-field.tsx";
import { FindingsList } from "#components/migrations/findings-list.tsx";
import { LineDiffView } from "#components/migrations/line-diff-view.tsx";
import { countWords } from "#components/migrations/step-words.ts";
import { Button } from "#components/ui/button.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { FileTextField } from "#components/ui/file-text-field.tsx";
import { StateBadge, type State } from "#components/ui/state-mark.tsx";
import type { ConfigurationView, StepView } from "#lib/migrations/schema.ts";

/** What to change in the files, before and after: what always holds first, then what each of several forms adds to it. */
export function InstructionsPanel({ instructions }: { instructions: StepView["instructions"] }) {
  const forms = new Map(instructions.map(({ form }) => [form?.title, form]));
  return (
    <div className="flex flex-col gap-5">
      {[...forms].map(([title, form]) => (
        <div key={title ?? ""} className="flex flex-col gap-3">
          {form !== null && (
            <div>
              <h4 className="text-base font-medium text-ink">{form.title}</h4>
              <p className="text-sm text-ink-muted">{form.text}</p>
            </div>
          )}
          <InstructionList instructions={instructions.filter((one) => one.form?.title === title)} />
        </div>
      ))}
    </div>
  );
}

function InstructionList({ instructions }: { instructions: StepView["instructions"] }) {
  return (
    <ol className="flex flex-col gap-4">
      {instructions.map((instruction) => (
        <li key={`${instruction.file} ${instruction.title}`} className="flex min-w-0 flex-col gap-1.5">
          <p className="text-base text-ink">
            {instruction.title} <span className="font-mono text-sm text-ink-muted">{instruction.file}</span>
          </p>
          <InstructionText instruction={instruction} />
        </li>
      ))}
    </ol>
  );
}

/** Some instructions are words alone: what they take away has no text to copy. */
function InstructionText({ instruction }: { instruction: StepView["instructions"][number] }) {
  const { before, after, file } = instruction;
  if (before !== null) return <LineDiffView before={before} after={after} label={file} />;
  return after === "" ? null : <CodeBlock code={after} label={file} />;
}

interface ConfigurationPanelProps {
  configurations: readonly ConfigurationView[];
  seen: { migrationId: string; stepId: string; seenVersion: number };
  submit: Action;
  blockedBecause: string | null;
}

/** Each node's files, pasted back and checked. All nodes change together. */
export function ConfigurationPanel({ configurations, ...rest }: ConfigurationPanelProps) {
  return (
    <div className="flex flex-col divide-y divide-line rounded-lg border border-line">
      {configurations.map((configuration) => (
        <NodeConfiguration key={configuration.nodeId} configuration={configuration} {...rest} />
      ))}
    </div>
  );
}

function verdictOf(configuration: ConfigurationView): { state: State; words: string } {
  if (configuration.checkedAt === null) return { state: "unknown", words: "not pasted yet" };
  const levels = configuration.findings.map((finding) => finding.level);
  if (levels.includes("blocking")) return { state: "blocked", words: countWords(configuration.findings) };
  if (levels.includes("unknown")) return { state: "unknown", words: countWords(configuration.findings) };
  if (levels.includes("warning")) return { state: "warning", words: countWords(configuration.findings) };
  return { state: "pass", words: "fits" };
}

interface NodeConfigurationProps extends Omit<ConfigurationPanelProps, "configurations"> {
  configuration: ConfigurationView;
}

function NodeConfiguration({ configuration, seen, submit, blockedBecause }: NodeConfigurationProps) {
  const [install, setInstall] = useState("");
  const [runtime, setRuntime] = useState("");
  const [root, setRoot] = useState("");
  const { run, pending, failure } = useAction(submit);
  const verdict = verdictOf(configuration);
  const nothing = install.trim() === "" ? "Paste the install file of this node first." : null;
  return (
    <details className="group" open={verdict.state !== "pass"}>
      <summary className="flex min-h-10 list-none flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-hover/60">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-faint transition-transform group-open:rotate-90"
        />
        <span className="text-base font-medium text-ink">{configuration.node}</span>
        <StateBadge state={verdict.state}>{verdict.words}</StateBadge>
        {configuration.checkedAt !== null && (
          <span className="text-sm text-ink-faint">
            checked <Time at={configuration.checkedAt} />
          </span>
        )}
      </summary>
      <div className="flex flex-col gap-4 px-3 pt-1 pb-4 sm:pl-10">
        {configuration.findings.length > 0 && <FindingsList findings={configuration.findings} />}
        <div className="grid gap-4 lg:grid-cols-2">
          <FileTextField
            label={`Install file of ${configuration.node}`}
            value={install}
            onChange={setInstall}
            error={failure?.fields["install"]}
          />
          <FileTextField
            label={`Runtime file of ${configuration.node}`}
            hint="Leave it empty if this node has none."
            value={runtime}
            onChange={setRuntime}
            error={failure?.fields["runtime"]}
          />
        </div>
        {(root !== "" || configuration.findings.some(({ id }) => id.startsWith("root-"))) && (
          <ConfigurationRootField value={root} onChange={setRoot} />
        )}
        <p className="text-sm text-ink-muted">
          Passwords and tokens are not needed for the check: leave them out or write a variable in their
          place.
        </p>
        <ActionFailureCallout failure={failure} />
        <div>
          <Button
            pending={pending}
            blockedBecause={blockedBecause ?? nothing}
            onClick={() => run({ ...seen, nodeId: configuration.nodeId, install, runtime, root })}
          >
            Check the files of {configuration.node}
          </Button>
        </div>
      </div>
    </details>
  );
}
