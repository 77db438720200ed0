import { z } from "zod";

const NAME_LENGTH_MAX = 255;
const NAME = /^[a-zA-Z0-9_-]+$/;
const RESERVED = ["tl", "lw", "leader", "leaderPaxos"] as const;

/**
 * Says why a text cannot be a TimeLock namespace, in words for a form field; null when it can. TimeLock itself would take
 * `leaderPaxos` (it shares its state with leader election) and would redirect names over 255 characters for ever: both are refused here.
 * Source: atlasdb-facts A.3, timelock-impl TimelockNamespaces.java, PaxosTimeLockConstants.java
 */
export function namespaceNameProblem(name: string): string | null {
  if (name === "") return "a namespace needs a name";
  if (name.length > NAME_LENGTH_MAX) return `a namespace has at most ${NAME_LENGTH_MAX} characters`;
  if (!NAME.test(name)) return "a namespace has only letters, digits, - and _";
  if (RESERVED.some((reserved) => reserved === name)) return `${name} is reserved by TimeLock`;
  return null;
}

/** A TimeLock namespace that is safe to send: valid for the server, and none of its reserved names. */
export const namespaceNameSchema = z.string().superRefine((name, context) => {
  const problem = namespaceNameProblem(name);
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});
