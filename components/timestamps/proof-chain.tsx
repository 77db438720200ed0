"use client";

import { Age } from "#components/live/age.tsx";
import { chainVerdict, linkGlyph, linkWords } from "#components/timestamps/chain-words.ts";
import { digitGroups } from "#components/timestamps/digit-groups.ts";
import { TimestampValue } from "#components/timestamps/timestamp-value.tsx";
import { cn } from "#components/ui/cn.ts";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { ProofChain as Chain, ProofLink, ProofTerm } from "#lib/timestamps/proof.ts";

interface ProofChainProps {
  chain: Chain;
  /** The section's heading. */
  title?: string;
  /** How often the terms are read again; without one ages are told, not judged. */
  intervalMs?: number;
  level?: 2 | 3;
}

/** The order of timestamps as a chain of readings: what is proven, what is not yet, what is broken and by how much. */
export function ProofChain({ chain, title = "Proof so far", intervalMs, level = 3 }: ProofChainProps) {
  const verdict = chainVerdict(chain);
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section aria-label={title} className="@container min-w-0">
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <Heading className="text-base font-semibold text-ink">{title}</Heading>
        <StateBadge state={verdict.state}>{verdict.words}</StateBadge>
      </div>
      <ol className="flex flex-col @2xl:flex-row @2xl:flex-wrap @2xl:gap-y-3">
        {chain.terms.map((term, index) => (
          <ChainItem
            key={term.id}
            term={term}
            link={chain.links[index - 1]}
            previous={chain.terms[index - 1]}
            intervalMs={intervalMs}
          />
        ))}
      </ol>
    </section>
  );
}

interface ChainItemProps {
  term: ProofTerm;
  link: ProofLink | undefined;
  previous: ProofTerm | undefined;
  intervalMs: number | undefined;
}

function ChainItem({ term, link, previous, intervalMs }: ChainItemProps) {
  return (
    <li className="flex min-w-0 flex-col @2xl:max-w-80 @2xl:grow @2xl:basis-40 @2xl:flex-row @2xl:items-stretch">
      {link !== undefined && previous !== undefined && (
        <Joint link={link} words={linkWords(link, previous.label, term.label)} />
      )}
      <TermCard term={term} intervalMs={intervalMs} />
    </li>
  );
}

const JOINT_LOOK = {
  holds: { line: "border-pass-line", knot: "border-pass-line bg-pass-soft text-pass" },
  unproven: {
    line: "border-unknown-line border-dashed",
    knot: "border-unknown-line border-dashed bg-unknown-soft text-unknown",
  },
  broken: { line: "border-blocked border-double", knot: "border-blocked bg-blocked-soft text-blocked" },
} as const;

/** The relation between two cards: a knot on the line that joins them, sideways on wide screens and downwards on narrow ones. */
function Joint({ link, words }: { link: ProofLink; words: string }) {
  const look = JOINT_LOOK[link.verdict];
  const broken = link.verdict === "broken";
  return (
    <div
      className={cn(
        "relative flex shrink-0 items-center gap-2 py-1 pl-4 @2xl:w-12 @2xl:flex-col @2xl:justify-center @2xl:gap-1 @2xl:p-0",
        broken && "@2xl:w-auto @2xl:min-w-24 @2xl:px-3 @2xl:pt-5",
      )}
    >
      <span
        aria-hidden
        className={cn(
          "absolute inset-y-0 left-8 border-l-2 @2xl:inset-x-0 @2xl:inset-y-auto @2xl:top-1/2 @2xl:border-t-2 @2xl:border-l-0",
          look.line,
        )}
      />
      <span
        aria-hidden
        className={cn(
          "relative z-10 grid size-8 place-items-center rounded-full border font-mono text-lg leading-none font-semibold",
          look.knot,
        )}
      >
        {linkGlyph(link)}
      </span>
      {link.verdict === "unproven" && (
        <span
          aria-hidden
          className="relative z-10 font-mono text-xs text-unknown @2xl:absolute @2xl:top-[calc(50%+1.15rem)]"
        >
          {link.relation}
        </span>
      )}
      {broken && link.difference !== null && (
        <span
          aria-hidden
          className="relative z-10 rounded-sm bg-blocked-soft px-1 font-mono text-xs font-semibold whitespace-nowrap text-blocked"
        >
          {signed(link.difference)}
        </span>
      )}
      <span className="sr-only">{words}</span>
    </div>
  );
}

function signed(difference: string): string {
  const grouped = digitGroups(difference).join(" ");
  return grouped.startsWith("-") ? grouped.replace("-", "−") : `+${grouped}`;
}

function TermCard({ term, intervalMs }: { term: ProofTerm; intervalMs: number | undefined }) {
  const known = term.value !== null;
  return (
    <div
      className={cn(
        "flex min-w-0 grow flex-col justify-center rounded-lg border bg-surface px-3 py-2",
        known ? "border-line-strong/60" : "border-dashed border-unknown-line",
      )}
    >
      <div className="flex items-center gap-2 text-sm text-ink-muted">
        {term.label}
        {term.provenance !== "observed" && (
          <span className="rounded-sm bg-unknown-soft px-1 text-xs font-medium text-unknown">
            {term.provenance}
          </span>
        )}
      </div>
      <TimestampValue
        key={term.value}
        value={term.value}
        label={term.label}
        className={cn("text-base font-medium", known && "animate-flip text-ink")}
      />
      <div className="flex flex-wrap gap-x-1.5 text-xs text-ink-faint">
        <span title={term.source} className="line-clamp-2 wrap-anywhere">
          {term.source}
        </span>
        {term.node !== null && <span className="font-mono wrap-anywhere">{term.node}</span>}
        {term.readAt !== null && (
          <Age readAt={term.readAt} {...(intervalMs !== undefined && { intervalMs })} />
        )}
      </div>
    </div>
  );
}
