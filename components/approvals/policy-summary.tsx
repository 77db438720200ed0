import { DangerBadge } from "#components/approvals/approval-standing.tsx";
import {
  approversWords,
  DANGER_MEANINGS,
  minutesWords,
  peopleWords,
} from "#components/approvals/approval-words.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { LevelRule, PersonRef, PolicyDto } from "#lib/approvals/schema.ts";
import { DANGER_LEVELS, type Danger } from "#lib/engine/unit.ts";

const WORST_FIRST = DANGER_LEVELS.toReversed();

/** What this environment asks for before dangerous work, and whether that can be met by the people there are. */
export function PolicySummary({ policy }: { policy: PolicyDto }) {
  const { environment, version, problems, warnings, canChange, people } = policy;
  return (
    <Card aria-label="Approval policy">
      <CardHeader
        title="Approval policy"
        description={
          version === 0
            ? "Nobody has set one: the default of the tier applies."
            : `Version ${version}. Open migrations keep the strictest version that they have seen.`
        }
        actions={
          canChange && (
            <LinkButton href={`/environments/${environment.id}/policy/edit`} variant="primary">
              Change the policy
            </LinkButton>
          )
        }
      />
      <CardBody className="flex flex-col gap-6">
        {problems.map((problem) => (
          <Callout key={problem} state="blocked" live={false} title="It cannot be met now">
            {problem}
          </Callout>
        ))}
        {warnings.map((warning) => (
          <Callout key={warning} state="warning" live={false}>
            {warning}
          </Callout>
        ))}
        {WORST_FIRST.map((level) => (
          <LevelSummary key={level} level={level} rule={policy.policy.levels[level]} people={people} />
        ))}
        <KeyValues
          columns={2}
          items={[
            {
              label: "Second factor",
              value: policy.policy.secondFactor
                ? "needed to approve and to execute"
                : "used where a person has one",
            },
            {
              label: "Pasted and attested readings",
              value: policy.policy.unobservedProofs
                ? "allowed; proofs with them say so for ever"
                : "not allowed for steps that need approval",
            },
          ]}
        />
      </CardBody>
    </Card>
  );
}

interface LevelSummaryProps {
  level: Danger;
  rule: LevelRule;
  people: readonly PersonRef[];
}

function LevelSummary({ level, rule, people }: LevelSummaryProps) {
  return (
    <section
      aria-label={`Steps that are ${level}`}
      className="border-t border-line pt-4 first:border-t-0 first:pt-0"
    >
      <h3 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-base font-medium text-ink">
        <DangerBadge danger={level} />
        {peopleWords(rule.people)}
      </h3>
      <p className="mt-0.5 text-sm text-ink-muted">{DANGER_MEANINGS[level]}</p>
      {rule.people > 0 && (
        <KeyValues
          columns={2}
          className="mt-3"
          items={[
            { label: "May approve", value: approversWords(rule.approvers, people) },
            {
              label: "May break the glass",
              value: rule.breakGlass === null ? "nobody" : approversWords(rule.breakGlass, people),
            },
            { label: "A request waits for", value: minutesWords(rule.requestMinutes) },
            { label: "An approval may be used for", value: minutesWords(rule.executionMinutes) },
          ]}
        />
      )}
    </section>
  );
}
