import { ChevronLeft, ChevronRight } from "lucide-react";

import { LinkButton } from "#components/ui/link-button.tsx";

interface PaginationProps {
  /** Names what is paged: "Audit". */
  label: string;
  newerHref?: string | null;
  olderHref?: string | null;
  /** Where in the list this is, in words. */
  position?: string;
  newerLabel?: string;
  olderLabel?: string;
}

/** Steps through a list by links, so that a page of it can be shared. */
export function Pagination(props: PaginationProps) {
  const { label, newerHref = null, olderHref = null, position } = props;
  if (newerHref === null && olderHref === null && position === undefined) return null;
  return (
    <nav
      aria-label={`${label} pages`}
      className="mt-3 flex items-center justify-between gap-4 text-sm text-ink-muted"
    >
      <span>{position}</span>
      <span className="flex gap-2">
        {newerHref !== null && (
          <LinkButton href={newerHref} size="sm">
            <ChevronLeft aria-hidden />
            {props.newerLabel ?? "Newer"}
          </LinkButton>
        )}
        {olderHref !== null && (
          <LinkButton href={olderHref} size="sm">
            {props.olderLabel ?? "Older"}
            <ChevronRight aria-hidden />
          </LinkButton>
        )}
      </span>
    </nav>
  );
}
