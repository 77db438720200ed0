"use client";

import { Inbox as InboxIcon } from "lucide-react";
import type { ReactNode } from "react";

import { BreakGlassMark } from "#components/approvals/break-glass-mark.tsx";
import { RequestRow } from "#components/approvals/request-row.tsx";
import type { Action } from "#components/live/use-action.ts";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { ApprovalInbox, ApprovalSummary } from "#lib/approvals/schema.ts";

interface InboxProps {
  inbox: ApprovalInbox;
  review: Action;
}

/** What waits for the person who looks, first; then what they asked for, and what others decide. */
export function Inbox({ inbox, review }: InboxProps) {
  const { waitingForMe, mine, others, reviews } = inbox;
  const isEmpty = waitingForMe.length + mine.length + others.length + reviews.length === 0;
  if (isEmpty) {
    return (
      <EmptyState icon={InboxIcon} title="Nothing was asked for yet">
        Where the policy of an environment wants a second person, the operator of a migration asks here, on
        the very plan that is to be carried out. You decide here, and see what became of what you asked.
      </EmptyState>
    );
  }
  const { open, over } = split([...mine, ...others]);
  return (
    <div className="flex flex-col gap-8">
      <Group title="Waiting for you" count={waitingForMe.length}>
        {waitingForMe.length === 0 ? <Calm /> : <Rows requests={waitingForMe} />}
      </Group>
      {reviews.length > 0 && (
        <Group title="Reviews of broken glass" count={reviews.length} bare>
          {reviews.map((glass) => (
            <BreakGlassMark key={glass.id} glass={glass} review={review} linked />
          ))}
        </Group>
      )}
      {open.length > 0 && (
        <Group title="Under way" count={open.length}>
          <Rows requests={open} />
        </Group>
      )}
      {over.length > 0 && (
        <Group title="Decided lately" count={over.length}>
          <Rows requests={over} />
        </Group>
      )}
    </div>
  );
}

function Calm() {
  return (
    <p className="flex items-center gap-2.5 px-4 py-4 text-ink">
      <StateIcon state="pass" label={null} className="size-5" />
      Nothing waits for your decision.
    </p>
  );
}

function Rows({ requests }: { requests: readonly ApprovalSummary[] }) {
  return (
    <ul className="divide-y divide-line">
      {requests.map((request) => (
        <RequestRow key={request.id} request={request} />
      ))}
    </ul>
  );
}

interface GroupProps {
  title: string;
  count: number;
  /** Without a frame of its own. */
  bare?: boolean;
  children: ReactNode;
}

function Group({ title, count, bare = false, children }: GroupProps) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 text-base font-semibold">
        {title} <span className="tabular font-normal text-ink-faint">{count}</span>
      </h2>
      {bare ? <div className="flex flex-col gap-3">{children}</div> : <Card>{children}</Card>}
    </section>
  );
}

/** Requests on which something can still happen, and those that are over. */
function split(requests: readonly ApprovalSummary[]) {
  const going = ["pending", "approved", "broken-glass"];
  const newest = requests.toSorted((a, b) => b.requestedAt.localeCompare(a.requestedAt));
  return {
    open: newest.filter(({ status }) => going.includes(status.state)),
    over: newest.filter(({ status }) => !going.includes(status.state)),
  };
}
