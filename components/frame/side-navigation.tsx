"use client";

import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { NavigationList } from "#components/frame/navigation-list.tsx";
import { NAVIGATION_COOKIE, remember } from "#components/frame/preferences.ts";
import { Mark, Wordmark } from "#components/frame/wordmark.tsx";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";

interface SideNavigationProps {
  hidden: readonly string[];
  initiallyCollapsed: boolean;
}

export function SideNavigation({ hidden, initiallyCollapsed }: SideNavigationProps) {
  const [collapsed, setCollapsed] = useState(initiallyCollapsed);
  const toggle = () => {
    remember(NAVIGATION_COOKIE, collapsed ? "open" : "collapsed");
    setCollapsed(!collapsed);
  };
  return (
    <aside
      className={cn(
        "sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-surface transition-[width] duration-150 md:flex",
        collapsed ? "w-14" : "w-56",
      )}
    >
      <Link
        href="/"
        aria-label="Lockstep, dashboard"
        className={cn("flex h-12 items-center rounded-md px-4", collapsed && "justify-center px-0")}
      >
        {collapsed ? <Mark className="size-6" /> : <Wordmark />}
      </Link>
      <div className="min-h-0 grow overflow-x-hidden overflow-y-auto">
        <NavigationList hidden={hidden} collapsed={collapsed} />
      </div>
      <div
        className={cn(
          "flex items-center gap-2 border-t border-line p-2",
          collapsed ? "justify-center" : "justify-end",
        )}
      >
        <Button
          variant="ghost"
          size="icon"
          aria-expanded={!collapsed}
          aria-label={collapsed ? "Show names in the navigation" : "Show only icons in the navigation"}
          onClick={toggle}
        >
          {collapsed ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
        </Button>
      </div>
    </aside>
  );
}
