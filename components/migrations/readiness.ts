import { durationWords } from "#components/live/wording.ts";

interface Situation {
  canOperate: boolean;
  /** Of the page; live readings of another version belong to another state. */
  seenVersion: number;
  live: { atMs: number; version: number; blockedBecause: string | null } | null;
  /** The last try to read failed, with what it said. */
  failure: string | null;
  nowMs: number;
  ageMsMax: number;
}

/** Why a step cannot be run from this page now, in words; null when it can. The server decides again at the click. */
export function notReadyBecause(situation: Situation): string | null {
  const { live, failure, nowMs, ageMsMax } = situation;
  if (!situation.canOperate) return "You need the operator role on this environment to do this.";
  if (live === null) return failure ?? "The systems are being read.";
  if (live.version < situation.seenVersion) return failure ?? "The systems are being read.";
  if (live.version > situation.seenVersion) return "The migration moved on; the page is being read again.";
  const ageMs = nowMs - live.atMs;
  if (ageMs > ageMsMax) {
    const why = failure === null ? "" : ` ${failure}`;
    return `The readings are ${durationWords(ageMs)} old. A step runs only on fresh ones.${why}`;
  }
  return live.blockedBecause;
}
