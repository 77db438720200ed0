import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { composeMessage, type MessageFacts, plainText } from "#lib/notifications/message.ts";
import { mailContent, slackBody, webhookBody } from "#lib/notifications/payloads.ts";
import { maskedAddress, parseRecipient, recipientText } from "#lib/notifications/recipient.ts";
import { createChannelInput, NOTIFICATION_KINDS } from "#lib/notifications/schema.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const FACTS: MessageFacts = {
  kind: "approval-requested",
  environment: "production",
  service: "orders",
  runbook: "Move to TimeLock",
  part: "Fast-forward the sequence, then invalidate the bound",
  direction: "do",
  actor: "Olga",
  words: null,
  planHash: "ab".repeat(32),
  link: "https://lockstep.example.com/migrations/1?plan=abab",
};
const ENVELOPE = {
  eventId: "e",
  kind: "approved",
  at: "2026-11-22T10:00:00.000Z",
  environment: { id: "1", name: "production" },
  migrationId: "m",
  unit: "u",
  step: null,
  actor: { kind: "person", name: "Olga" },
};

describe("every message", () => {
  it.each(NOTIFICATION_KINDS)("of %s says which system, what happened, what is asked, and where", (kind) => {
    const text = plainText(composeMessage({ ...FACTS, kind }));
    expect(text).toContain("orders");
    expect(text).toContain("production");
    expect(text).toContain("What is asked of you: ");
    expect(text).toContain(FACTS.planHash);
    expect(text).toContain(FACTS.link);
    expect(text).not.toMatch(/!|undefined|null/);
  });

  it("tells an undo from a step", () => {
    const done = composeMessage({ ...FACTS, kind: "step-executed" });
    const undone = composeMessage({ ...FACTS, kind: "step-executed", direction: "undo" });
    expect(done.happened).toContain("was carried out");
    expect(undone.happened).toContain("was undone");
    expect(undone.title).toContain("Undone");
  });

  it("quotes what a person wrote, line by line, and leaves out what nobody wrote", () => {
    const text = plainText(
      composeMessage({ ...FACTS, kind: "rejected", words: "Not today.\nThe backup runs." }),
    );
    expect(text).toContain("Olga:\n> Not today.\n> The backup runs.");
    expect(plainText(composeMessage({ ...FACTS, words: "  " }))).not.toContain("Olga:");
  });

  it("keeps titles in one line, whatever names hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (service, environment) => {
        const { title, happened, system } = composeMessage({ ...FACTS, service, environment });
        for (const line of [title, happened, system]) expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("payloads", () => {
  it("let nothing that a person wrote become a link or a mention in Slack", () => {
    const message = composeMessage({
      ...FACTS,
      words: "<!channel> & <https://evil.example|click>",
      actor: "<@U1>",
    });
    const body = parseJson(slackBody(message)) as { text: string; blocks: { text?: { text: string } }[] };
    const words = [body.text, ...body.blocks.map((block) => block.text?.text ?? "")].join("\n");
    expect(words).not.toContain("<!channel>");
    expect(words).not.toContain("<https://evil.example");
    expect(words).not.toContain("<@U1>");
    expect(words.match(/<[^>]*>/g)).toEqual([
      `<${FACTS.link}|Open in Lockstep>`,
      `<${FACTS.link}|Open in Lockstep>`,
    ]);
  });

  it("give a webhook the whole message and the ids", () => {
    const body = parseJson(webhookBody(ENVELOPE, composeMessage(FACTS))) as object;
    expect(body).toMatchObject({
      version: 1n,
      id: "e",
      kind: "approved",
      planHash: FACTS.planHash,
      link: FACTS.link,
      quote: null,
    });
  });

  it("keep an e-mail's subject to the title and name the settings", () => {
    const { subject, text } = mailContent(composeMessage(FACTS), "https://lockstep.example.com/preferences");
    expect(subject).toBe("[production] Approval asked for orders");
    expect(text).toContain("https://lockstep.example.com/preferences");
  });
});

describe("recipients", () => {
  it("come back as they were written", () => {
    for (const one of [
      { kind: "channel" },
      { kind: "person", id: "7" },
      { kind: "address", address: "a:b@example.com" },
    ] as const)
      expect(parseRecipient(recipientText(one))).toEqual(one);
    expect(() => parseRecipient("nobody")).toThrow("cannot be read");
  });

  it("are masked in logs", () => {
    expect(maskedAddress("olga@example.com")).toBe("o…@example.com");
    expect(maskedAddress("broken")).toBe("…");
  });
});

describe("a channel's form", () => {
  const mail = {
    kind: "email",
    environmentId: "",
    name: "Mail",
    events: ["approved"],
    smtpHost: "mail.example.com",
    smtpPort: "587",
    smtpTls: "starttls",
    smtpUser: "lockstep",
    password: "p",
    mailFrom: "lockstep@example.com",
    mailTo: [],
    mailAddressed: true,
    caCertificates: "",
  };
  const hook = {
    kind: "webhook",
    environmentId: null,
    name: "Hook",
    events: ["approved"],
    caCertificates: "",
  };
  const problems = (input: object) => {
    const { error } = createChannelInput.safeParse(input);
    return (error?.issues ?? []).map((issue) => issue.path.join("."));
  };

  it("takes a mail server with TLS and a webhook with https", () => {
    expect(problems(mail)).toEqual([]);
    expect(problems({ ...hook, url: "https://hooks.example.com/T0/B0/secret" })).toEqual([]);
    expect(problems({ ...hook, url: "http://127.0.0.1:9/x" })).toEqual([]);
  });

  it("refuses a password without TLS, mail to nobody, and events that nobody chose", () => {
    expect(problems({ ...mail, smtpTls: "none" })).toEqual(["smtpTls"]);
    expect(problems({ ...mail, mailAddressed: false })).toEqual(["mailTo"]);
    expect(problems({ ...mail, smtpUser: "" })).toEqual(["smtpUser"]);
    expect(problems({ ...mail, events: [] })).toEqual(["events"]);
  });

  it.each([
    "",
    "hooks.example.com/x",
    "http://hooks.example.com/x",
    "http://127.0.0.1.example.com/x",
    "https://user:word@hooks.example.com/x",
    "file:///etc/passwd",
    "https://hooks.example.com/x#y",
  ])("refuses the address %s", (url) => {
    expect(problems({ ...hook, url })).toEqual(["url"]);
  });
});
