import { AdapterError } from "#lib/errors.ts";
import { answerError } from "#lib/timelock/answer-error.ts";
import type { Exchange, WireAnswer } from "#lib/timelock/exchange.ts";
import type { LeaderWalk } from "#lib/timelock/leader-walk.ts";
import type { NodeMap } from "#lib/timelock/node-map.ts";
import type { Answered, CertificateSeen } from "#lib/timelock/timelock.ts";

/** The pieces that the calls of one cluster share. */
export type Cluster = {
  readonly exchange: Exchange;
  readonly walk: LeaderWalk;
  readonly nodes: NodeMap;
  readonly basePath: string;
  readonly now: () => Date;
  readonly clientCertificate: CertificateSeen | null;
};

/** The source of an answer, as every result carries it. */
export function answered(cluster: Cluster, answer: WireAnswer): Answered {
  return {
    node: cluster.nodes.label(answer.address),
    via: answer.address,
    takenAt: answer.takenAt,
    raw: answer.body,
  };
}

/** An answer's error, its effect unknown when an earlier attempt of the same call may have been carried out. */
export function failedAnswer(answer: WireAnswer, unclear: boolean, what: string): AdapterError {
  const error = answerError(answer, what);
  return unclear ? new AdapterError(error.code, "unknown", error.message, { cause: error }) : error;
}
