import { ChevronRight } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

export interface Crumb {
  label: string;
  /** Absent on the page itself. */
  href?: string;
}

interface BreadcrumbProps {
  crumbs: readonly Crumb[];
  /** Stands before the first crumb. */
  leading?: ReactNode;
}

export function Breadcrumb({ crumbs, leading }: BreadcrumbProps) {
  return (
    <nav aria-label="Breadcrumb" className="flex min-w-0 items-center gap-3 overflow-hidden">
      {leading}
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        {crumbs.map((crumb, index) => (
          <li
            key={`${crumb.href ?? ""} ${crumb.label}`}
            className="flex min-w-0 items-center gap-1 max-sm:not-last:hidden"
          >
            {index > 0 && (
              <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-faint max-sm:hidden" />
            )}
            {crumb.href === undefined ? (
              <span aria-current="page" className="truncate font-medium text-ink">
                {crumb.label}
              </span>
            ) : (
              <Link
                href={crumb.href}
                className="truncate rounded-sm text-ink-muted hover:text-ink hover:underline"
              >
                {crumb.label}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
