import { plainText, type Message } from "#lib/notifications/message.ts";

/** What a payload says beside the message. `at`: when it happened, ISO 8601. */
export type Envelope = {
  readonly eventId: string;
  readonly kind: string;
  readonly at: string;
  readonly environment: { readonly id: string; readonly name: string } | null;
  readonly migrationId: string | null;
  readonly unit: string | null;
  readonly step: string | null;
  readonly actor: { readonly kind: string; readonly name: string };
};

/** The body of a generic webhook, version 1; described in docs/protocols/webhooks.md. */
export function webhookBody(envelope: Envelope, message: Message): string {
  const { eventId, kind, at, environment, migrationId, unit, step, actor } = envelope;
  return JSON.stringify({
    version: 1,
    id: eventId,
    kind,
    at,
    environment,
    migration: migrationId,
    planHash: message.plan,
    unit,
    step,
    actor,
    system: message.system,
    title: message.title,
    happened: message.happened,
    quote: message.quote,
    asked: message.asked,
    link: message.link,
  });
}

const SLACK_TEXT_MAX = 2_900;

/** The body for Slack's incoming webhooks and what copies them: `text` for all, `blocks` for those that know them. */
export function slackBody(message: Message): string {
  const { title, happened, quote, asked, system, plan, link } = message;
  const quoted = quote === null ? "" : `\n*${escaped(quote.by)}:*\n${quotedLines(quote.text)}`;
  const text = `*${escaped(title)}*\n${escaped(happened)}${quoted}\n*What is asked of you:* ${escaped(asked)}`;
  const foot = `${escaped(system)}${plan === null ? "" : ` · plan ${plan.slice(0, 12)}`}`;
  const open = `<${link}|Open in Lockstep>`;
  return JSON.stringify({
    text: `${text.slice(0, SLACK_TEXT_MAX)}\n${foot}\n${open}`,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: text.slice(0, SLACK_TEXT_MAX) } },
      { type: "section", text: { type: "mrkdwn", text: open } },
      { type: "context", elements: [{ type: "mrkdwn", text: foot }] },
    ],
    unfurl_links: false,
  });
}

/** Subject and text of an e-mail. `preferences`: where its reader says what to be sent. */
export function mailContent(
  message: Message,
  preferences: string,
): { readonly subject: string; readonly text: string } {
  return {
    subject: message.title,
    text: `${plainText(message)}\n\n-- \nSent by Lockstep. What you are sent: ${preferences}\n`,
  };
}

/** Slack reads &, < and > as markup; nothing that a person wrote may become a link or a mention. Source: Slack, formatting text */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function quotedLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => `> ${escaped(line)}`)
    .join("\n");
}
