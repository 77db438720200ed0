import { AdapterError, type Effect } from "#lib/errors.ts";
import type { WireAnswer } from "#lib/timelock/exchange.ts";
import type { TimelockErrorCode, TimelockFailure } from "#lib/timelock/timelock.ts";
import { conjureErrorName, excerpt } from "#lib/timelock/wire.ts";

/**
 * What an answer means that is not the success that was asked for. Only 400, 401 and 404 say that nothing was done; 308, 429, 5xx and
 * everything else leave it unknown. Source: style 2.4, atlasdb-facts A.4
 */
export function answerError(answer: WireAnswer, what: string): AdapterError {
  const { code, effect, words } = meaning(answer);
  return new AdapterError(code, effect, `${answer.address} answered ${answer.status} to ${what}: ${words}.`);
}

function meaning(answer: WireAnswer): { code: TimelockErrorCode; effect: Effect; words: string } {
  const name = conjureErrorName(answer.body);
  switch (answer.status) {
    case 400:
      return {
        code: "bad-request",
        effect: "none",
        words: `it refused the request (${name ?? excerpt(answer.body)})`,
      };
    case 401:
      return {
        code: "unauthorized",
        effect: "none",
        words: `it did not accept the token (${name ?? "no reason given"})`,
      };
    case 404:
      return {
        code: "not-found",
        effect: "none",
        words: "it serves no such path, so the base path is wrong, the server older, or it is not TimeLock",
      };
    case 308:
      return {
        code: "not-leader",
        effect: "unknown",
        words: `it is not the leader and names ${answer.location ?? "no other node"}`,
      };
    case 429:
      return { code: "too-many-requests", effect: "unknown", words: "it is overloaded" };
    case 503:
      return { code: "not-leader", effect: "unknown", words: "it is not the leader, or has no quorum" };
    default:
      return answer.status >= 500
        ? { code: "server-error", effect: "unknown", words: `it failed (${name ?? excerpt(answer.body)})` }
        : { code: "unexpected-answer", effect: "unknown", words: excerpt(answer.body) };
  }
}

/**
 * An error of a call as the failure of a node in a survey; rethrows what is not an `AdapterError`. The cast holds because every
 * `AdapterError` of this folder is made with a `TimelockErrorCode`.
 */
export function asFailure(error: unknown): TimelockFailure {
  if (!(error instanceof AdapterError)) throw error;
  return { code: error.code as TimelockErrorCode, effect: error.effect, message: error.message };
}
