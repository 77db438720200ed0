import { Callout } from "#components/ui/callout.tsx";
import { CodeBlock } from "#components/ui/code-block.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import type { OperationView, StepView } from "#lib/migrations/schema.ts";

/** The exact effects of a step, each with the commands that do the same by hand. */
export function OperationsPanel({ operations }: { operations: readonly OperationView[] }) {
  return (
    <ol className="flex flex-col gap-4">
      {operations.map((operation) => (
        <li key={`${operation.title} ${operation.target}`} className="flex min-w-0 flex-col gap-2">
          <p className="text-base">
            <code className="font-mono text-sm font-medium break-all text-ink">{operation.title}</code>
          </p>
          <p className="text-sm text-ink-muted">
            {operation.repeatable
              ? "Repeating it is safe."
              : "It is guarded: it does nothing if the system changed since it was read."}
          </p>
          {operation.withoutHands !== null && (
            <p className="max-w-prose text-sm text-ink-muted">{operation.withoutHands}</p>
          )}
          {operation.commands.length > 0 && (
            <Commands label={`Commands for ${operation.title}`} commands={operation.commands} />
          )}
        </li>
      ))}
    </ol>
  );
}

/** Read-only commands that verify a step by hand, with what they should show. */
export function ChecksPanel({ checks }: { checks: StepView["checks"] }) {
  return (
    <ul className="flex flex-col gap-3">
      {checks.map((check, index) => (
        <li key={`${index} ${check.label}`} className="flex min-w-0 flex-col gap-1.5">
          <p className="text-sm text-ink-muted">
            <span className="font-medium text-ink">{check.label}</span> should show {check.expect}
          </p>
          <CodeBlock code={check.text} label={check.label} />
        </li>
      ))}
    </ul>
  );
}

function Commands({ label, commands }: { label: string; commands: OperationView["commands"] }) {
  return (
    <Tabs
      label={label}
      tabs={commands.map((command, index) => ({
        id: `command-${index}`,
        label: command.label,
        content: (
          <div className="flex flex-col gap-2">
            {command.note !== undefined && (
              <Callout state="warning" live={false}>
                {command.note}
              </Callout>
            )}
            <CodeBlock code={command.text} label={command.label} />
          </div>
        ),
      }))}
    />
  );
}
