import { database } from "#lib/db/client.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import type { MigrationView, OperationView, StepView } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/** The runbook on paper: a file name and a page of HTML that needs nothing else. */
export type PaperRunbook = { readonly fileName: string; readonly html: string };

/**
 * The whole migration as a page to print before downtime: targets, plan hash, whom to call, and for each step its commands, what proves
 * it, how it is undone, and room to write down what was read. Holds no secret: commands name shell variables.
 * @throws AppError `not-found`, `forbidden`
 */
export async function getPaperRunbook(ctx: Context, id: string): Promise<PaperRunbook> {
  const view = await getMigration(ctx, id);
  const environment = await database().environment.findUniqueOrThrow({
    where: { id: view.environment.id },
    select: { contact: true },
  });
  const name = view.service.name.replaceAll(/[^A-Za-z0-9_-]+/g, "-");
  return {
    fileName: `lockstep-${name}-${view.runbook}.html`,
    html: renderPaperRunbook(view, environment.contact),
  };
}

/** The same from a view; pure. */
export function renderPaperRunbook(view: MigrationView, contact: string): string {
  const title = `${view.service.name}: ${view.runbookTitle}`;
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escape(title)}</h1>`,
    table([
      ["Environment", `${view.environment.name} (${view.environment.tier})`],
      ...view.targets.map(({ label, value }) => [label, value] as const),
      ["Plan", `${view.planHash}, version ${view.runbookVersion} of the runbook`],
      ["Started", `${view.startedAt} by ${view.startedBy}`],
      ["Call in an incident", contact === "" ? "not recorded" : contact],
    ]),
    "<p>If the console is lost, go on from the first step that is not marked as done. Stop before any step whose proof you cannot write down. Never lower a bound, never type a timestamp that can be copied, and never start a client before the step that says so.</p>",
    ...view.steps.map(stepHtml),
    "</body></html>",
  ].join("\n");
}

const STYLE =
  "body{font:11pt/1.45 sans-serif;max-width:46rem;margin:2rem auto;color:#000}pre{font:9pt/1.4 monospace;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #999;padding:.5rem}section{break-inside:avoid-page;border-top:2px solid #000;margin-top:1.5rem}td{vertical-align:top;padding:0 1rem .2rem 0}.blank{border-bottom:1px solid #000;height:1.6rem}";

function stepHtml(step: StepView): string {
  const state =
    step.state === "done" ? `Done ${step.finishedAt ?? ""} by ${step.finishedBy ?? ""}` : step.state;
  return [
    "<section>",
    `<h2>${step.number}. ${escape(step.title)}${step.optional ? " (optional)" : ""}</h2>`,
    `<p><strong>${escape(state)}</strong>${step.irreversible ? " · irreversible" : ""}</p>`,
    `<p>${escape(step.purpose)}</p>`,
    ...step.operations.map(operationHtml),
    ...step.checks.map(
      (check) =>
        `<p>${escape(check.label)}. Expect: ${escape(check.expect)}</p><pre>${escape(check.text)}</pre>`,
    ),
    ...step.attestations.map(
      (one) =>
        `<p>☐ ${escape(one.label)}${one.attestedBy === null ? "" : ` — declared by ${escape(one.attestedBy)}`}</p>`,
    ),
    ...step.instructions.map(
      (one) =>
        `<p>${one.form === null ? "" : `${escape(one.form.title)}, `}${escape(one.file)}: ${escape(one.title)}</p>${one.after === "" ? "" : `<pre>${escape(one.after)}</pre>`}`,
    ),
    `<p>Undo: ${escape(step.undo.text)}</p>`,
    '<p>What was read, when and by whom:</p><div class="blank"></div><div class="blank"></div>',
    "</section>",
  ].join("\n");
}

function operationHtml(operation: OperationView): string {
  const commands = operation.commands.map(
    ({ label, text, note }) =>
      `<p>${escape(label)}</p>${note === undefined ? "" : `<p><em>${escape(note)}</em></p>`}<pre>${escape(text)}</pre>`,
  );
  const later =
    operation.withoutHands !== null
      ? `<p>${escape(operation.withoutHands)}</p>`
      : operation.commands.length === 0
        ? "<p>Its command is written when the values before it are known.</p>"
        : "";
  return `<p><strong>${escape(operation.title)}</strong></p>${commands.join("")}${later}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  return `<table>${rows.map(([label, value]) => `<tr><td>${escape(label)}</td><td>${escape(value)}</td></tr>`).join("")}</table>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
