import { randomUUID } from "node:crypto";
import type { Context } from "#lib/people/actor.ts";

/** The context of what a process of this console does by itself, such as `launcher` or `command-line`. */
export function systemContext(id: string): Context {
  return { actor: { kind: "system", id }, sourceAddress: null, requestId: randomUUID() };
}
