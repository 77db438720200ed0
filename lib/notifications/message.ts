import type { NotificationKind } from "#lib/notifications/schema.ts";

/** What a message is made of: names as they are now, and the link that leads to the migration and the plan. */
export type MessageFacts = {
  readonly kind: NotificationKind;
  readonly environment: string;
  readonly service: string;
  readonly runbook: string;
  /** Title of the unit or step that it is about; null where it is about the migration. */
  readonly part: string | null;
  readonly direction: "do" | "undo";
  readonly actor: string;
  readonly words: string | null;
  readonly planHash: string | null;
  readonly link: string;
};

/** A message in parts, each plain text of one or a few sentences. Holds no secret and no timestamp of a sequence. */
export type Message = {
  readonly title: string;
  readonly happened: string;
  /** What somebody wrote, with who it was; null where nobody did. */
  readonly quote: { readonly by: string; readonly text: string } | null;
  /** What is asked of the reader. */
  readonly asked: string;
  readonly system: string;
  readonly plan: string | null;
  readonly link: string;
};

type Texts = { readonly title: string; readonly happened: string; readonly asked: string };

/** Puts a message together; pure, the same for every channel. */
export function composeMessage(facts: MessageFacts): Message {
  const { title, happened, asked } = TEXTS[facts.kind](facts);
  const { words, actor, environment, service, runbook, planHash, link } = facts;
  return {
    title: oneLine(`[${environment}] ${title}`),
    happened: oneLine(happened),
    quote:
      words === null || words.trim() === "" ? null : { by: quotedBy(facts.kind, actor), text: words.trim() },
    asked,
    system: oneLine(`${service}: ${runbook}, in ${environment}`),
    plan: planHash,
    link,
  };
}

/** The message of the test button. */
export function composeTest(channel: string, by: string, link: string): Message {
  return {
    title: oneLine(`Test of the notification channel ${channel}`),
    happened: oneLine(
      `${by} pressed “Send a test” for the channel ${channel}. Nothing happened to any system.`,
    ),
    quote: null,
    asked: "Nothing: if you read this, the channel works.",
    system: "none: this is a test",
    plan: null,
    link,
  };
}

/** The whole message as plain text, as e-mails carry it. */
export function plainText(message: Message): string {
  const { happened, quote, asked, system, plan, link } = message;
  return [
    happened,
    ...(quote === null ? [] : ["", `${quote.by}:`, ...quote.text.split(/\r?\n/).map((line) => `> ${line}`)]),
    "",
    `What is asked of you: ${asked}`,
    "",
    `System: ${system}`,
    ...(plan === null ? [] : [`Plan:   ${plan}`]),
    `Open:   ${link}`,
  ].join("\n");
}

const part = (facts: MessageFacts) => `“${facts.part ?? facts.runbook}”`;
const on = (facts: MessageFacts) => `${facts.service} (${facts.environment})`;
const done = (facts: MessageFacts) => (facts.direction === "undo" ? "undone" : "carried out");

const TEXTS: Readonly<Record<NotificationKind, (facts: MessageFacts) => Texts>> = {
  "approval-requested": (facts) => ({
    title: `Approval asked for ${facts.service}`,
    happened: `${facts.actor} asks for approval of ${part(facts)} on ${on(facts)}.`,
    asked: "Open the request, read the plan and take the readings yourself, then approve or reject.",
  }),
  approved: (facts) => ({
    title: `Approved for ${facts.service}`,
    happened: `${facts.actor} approved ${part(facts)} on ${on(facts)}.`,
    asked:
      "If you are to carry it out, open the migration: it shows whether anybody else has to approve, and until when.",
  }),
  rejected: (facts) => ({
    title: `Rejected for ${facts.service}`,
    happened: `${facts.actor} rejected ${part(facts)} on ${on(facts)}. It cannot be carried out.`,
    asked: "Read the reason. Approval can be asked for again once it is settled.",
  }),
  withdrawn: (facts) => ({
    title: `Request withdrawn for ${facts.service}`,
    happened: `${facts.actor} withdrew the request for approval of ${part(facts)} on ${on(facts)}.`,
    asked: "Nothing any more.",
  }),
  "approval-expired": (facts) => ({
    title: `Approval expired for ${facts.service}`,
    happened: `The time for ${part(facts)} on ${on(facts)} ran out. It cannot be carried out on this request.`,
    asked: "If it is still wanted, ask for approval again.",
  }),
  "glass-broken": (facts) => ({
    title: `Break-glass used on ${facts.service}`,
    happened: `${facts.actor} went ahead with ${part(facts)} on ${on(facts)} without the approvals that the policy asks for.`,
    asked: "Look at it now. If it should not happen, speak to the person and stop it.",
  }),
  "review-requested": (facts) => ({
    title: `Review asked for ${facts.service}`,
    happened: `${part(facts)} on ${on(facts)} went ahead without approvals, and somebody else is to review it.`,
    asked: "Open the migration, look at what was done and why, and record what you find.",
  }),
  "step-executed": (facts) => ({
    title: `${facts.direction === "undo" ? "Undone" : "Done"} on ${facts.service}: ${facts.part ?? facts.runbook}`,
    happened: `${part(facts)} was ${done(facts)} on ${on(facts)} and read back. ${facts.actor} started it.`,
    asked: "Nothing, unless the next step is yours.",
  }),
  "step-failed": (facts) => ({
    title: `Failed on ${facts.service}: ${facts.part ?? facts.runbook}`,
    happened: `${part(facts)} could not be ${done(facts)} on ${on(facts)}. Nothing was changed in the system.`,
    asked: "If the migration is yours, open it and read why before it is tried again.",
  }),
  "step-uncertain": (facts) => ({
    title: `Uncertain on ${facts.service}: ${facts.part ?? facts.runbook}`,
    happened: `Whether ${part(facts)} was ${done(facts)} on ${on(facts)} is not known: the system did not answer clearly.`,
    asked:
      "Keep clients stopped and repeat nothing by hand. Lockstep reads the system again; open the migration to settle it.",
  }),
  "incident-opened": (facts) => ({
    title: `Incident on ${facts.service}`,
    happened: `Lockstep opened an incident on ${on(facts)}: something is seen that must not be.`,
    asked: "Open the incident and follow its steps in order, beginning now.",
  }),
  "incident-closed": (facts) => ({
    title: `Incident closed on ${facts.service}`,
    happened: `${facts.actor} closed the incident on ${on(facts)}.`,
    asked: "Nothing.",
  }),
};

function quotedBy(kind: NotificationKind, actor: string): string {
  return kind === "incident-opened" ? "What is seen" : actor;
}

/** Titles become subjects and headers: names in them must not begin a new line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}
