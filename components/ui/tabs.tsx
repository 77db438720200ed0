"use client";

import { Tabs as Primitive } from "radix-ui";
import type { ReactNode } from "react";

interface TabsProps {
  label: string;
  tabs: readonly { id: string; label: ReactNode; content: ReactNode }[];
  /** Stands at the end of the line of tabs. */
  actions?: ReactNode;
}

export function Tabs({ label, tabs, actions }: TabsProps) {
  const first = tabs[0];
  if (first === undefined) return null;
  return (
    <Primitive.Root defaultValue={first.id} className="min-w-0">
      <div className="flex items-end gap-2 border-b border-line">
        <Primitive.List aria-label={label} className="flex min-w-0 grow gap-1 overflow-x-auto">
          {tabs.map((tab) => (
            <Primitive.Trigger
              key={tab.id}
              value={tab.id}
              className="min-h-8 shrink-0 border-b-2 border-transparent px-2.5 text-sm font-medium text-ink-muted -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink pointer-coarse:min-h-11"
            >
              {tab.label}
            </Primitive.Trigger>
          ))}
        </Primitive.List>
        {actions}
      </div>
      {tabs.map((tab) => (
        <Primitive.Content key={tab.id} value={tab.id} className="pt-3 outline-offset-4">
          {tab.content}
        </Primitive.Content>
      ))}
    </Primitive.Root>
  );
}
