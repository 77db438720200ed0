import { Callout } from "#components/ui/callout.tsx";
import { Card } from "#components/ui/card.tsx";
import type { ApprovalStepDto } from "#lib/approvals/schema.ts";

/** What stays for ever once it is done, said before anybody allows it. */
export function IrrevocablePanel({ steps }: { steps: readonly ApprovalStepDto[] }) {
  const lasting = steps.filter(({ undo, irreversible }) => irreversible || !undo.possible);
  return (
    <Card aria-label="What cannot be undone" className="p-4">
      <h2 className="mb-3 text-lg font-semibold">What cannot be undone</h2>
      {lasting.length === 0 ? (
        <p className="text-ink-muted">Lockstep can take back every step of it.</p>
      ) : (
        <Callout state="warning" live={false}>
          <ul className="flex flex-col gap-2">
            {lasting.map((step) => (
              <li key={step.id}>
                <span className="font-medium">{step.title}.</span> {step.undo.text}
                {step.undo.leavesBehind.length > 0 &&
                  ` It leaves behind ${step.undo.leavesBehind.join(", ")}.`}
              </li>
            ))}
          </ul>
        </Callout>
      )}
    </Card>
  );
}
