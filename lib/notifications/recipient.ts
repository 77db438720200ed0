import { AppError } from "#lib/errors.ts";

/** Whom one delivery goes to: the channel itself (webhooks), a person of the console, or a fixed address. */
export type Recipient =
  | { readonly kind: "channel" }
  | { readonly kind: "person"; readonly id: string }
  | { readonly kind: "address"; readonly address: string };

/** A recipient as its column holds it; equal recipients give equal texts, which the unique index rests on. */
export function recipientText(recipient: Recipient): string {
  switch (recipient.kind) {
    case "channel":
      return "channel";
    case "person":
      return `person:${recipient.id}`;
    case "address":
      return `address:${recipient.address}`;
  }
}

/** Reads a stored recipient. @throws AppError `unavailable` when it is none */
export function parseRecipient(text: string): Recipient {
  if (text === "channel") return { kind: "channel" };
  const value = text.slice(text.indexOf(":") + 1);
  if (text.startsWith("person:")) return { kind: "person", id: value };
  if (text.startsWith("address:")) return { kind: "address", address: value };
  throw new AppError("unavailable", "A stored recipient of a notification cannot be read.");
}

/** An e-mail address as logs show it: enough to recognise it, too little to write to it. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 1 ? "…" : `${address.slice(0, 1)}…${address.slice(at)}`;
}
