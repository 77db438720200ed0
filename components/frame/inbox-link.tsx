"use client";

import { useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";

import { LinkButton } from "#components/ui/link-button.tsx";
import { waitingApprovalsQuery } from "#lib/approvals/queries.ts";

/** Leads to the approvals; with the number of those that wait for the person who looks. */
export function InboxLink() {
  const { data: waiting } = useQuery(waitingApprovalsQuery());
  return (
    <LinkButton
      href="/approvals"
      variant="ghost"
      size="icon"
      aria-label={inboxWords(waiting)}
      title={inboxWords(waiting)}
      className="relative"
    >
      <Inbox aria-hidden />
      {waiting !== undefined && waiting > 0 && (
        <span
          aria-hidden
          className="absolute top-0.5 right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-accent-solid px-1 text-[0.625rem] leading-none font-semibold text-on-accent tabular"
        >
          {waiting > 99 ? "99+" : waiting}
        </span>
      )}
    </LinkButton>
  );
}

function inboxWords(waiting: number | undefined): string {
  if (waiting === undefined) return "Approvals";
  if (waiting === 0) return "Approvals: nothing waits for you";
  return waiting === 1 ? "Approvals: one waits for you" : `Approvals: ${waiting} wait for you`;
}
