"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

import { NAVIGATION, isWithin, type Destination } from "#components/frame/navigation.ts";
import { cn } from "#components/ui/cn.ts";
import { Tooltip } from "#components/ui/tooltip.tsx";

interface NavigationListProps {
  /** Places that this person cannot open are left out. */
  hidden?: readonly string[];
  /** Icons alone, with their words on hover and focus. */
  collapsed?: boolean;
  onNavigate?: () => void;
}

export function NavigationList({ hidden = [], collapsed = false, onNavigate }: NavigationListProps) {
  const pathname = usePathname();
  return (
    <nav aria-label="Main" className="flex flex-col gap-4 p-2">
      {NAVIGATION.map((group) => {
        const items = group.items.filter((item) => !hidden.includes(item.href));
        if (items.length === 0) return null;
        return (
          <div key={group.heading}>
            {group.heading !== null && (
              <p className={cn("px-2 pb-1 text-xs font-medium text-ink-faint", collapsed && "sr-only")}>
                {group.heading}
              </p>
            )}
            <ul className="flex flex-col gap-0.5">
              {items.map((item) => (
                <li key={item.href}>
                  <NavigationLink
                    item={item}
                    active={isWithin(pathname, item.href)}
                    collapsed={collapsed}
                    {...(onNavigate && { onNavigate })}
                  />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

interface NavigationLinkProps {
  item: Destination;
  active: boolean;
  collapsed: boolean;
  onNavigate?: () => void;
}

function NavigationLink({ item, active, collapsed, onNavigate }: NavigationLinkProps) {
  const link = (
    <Link
      href={item.href}
      aria-current={active ? "page" : undefined}
      {...(onNavigate && { onClick: onNavigate })}
      className={cn(
        "flex h-8 items-center gap-2.5 rounded-md px-2 text-sm font-medium text-ink-muted transition-colors duration-100 hover:bg-hover hover:text-ink pointer-coarse:h-11",
        active && "bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent",
        collapsed && "justify-center",
      )}
    >
      <item.icon aria-hidden className="size-4 shrink-0" />
      <span className={cn(collapsed && "sr-only")}>{item.label}</span>
    </Link>
  );
  if (!collapsed) return link;
  return (
    <Tooltip content={item.label} side="right">
      {link}
    </Tooltip>
  );
}
