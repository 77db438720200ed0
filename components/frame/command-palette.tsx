"use client";

import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { Dialog as Primitive } from "radix-ui";
import { useEffect, useState } from "react";

import { NAVIGATION } from "#components/frame/navigation.ts";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { OVERLAY_CLASS } from "#components/ui/overlay-class.ts";

export interface PaletteEntry {
  href: string;
  label: string;
  /** What kind of thing it is: "Service", "Migration". */
  group: string;
  /** The environment, or what else tells equal names apart. */
  detail?: string;
}

interface CommandPaletteProps {
  entries: readonly PaletteEntry[];
  hidden: readonly string[];
}

/** Goes to any page by name. It navigates; it never runs anything. */
export function CommandPalette({ entries, hidden }: CommandPaletteProps) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const go = (href: string) => {
    setOpen(false);
    router.push(href);
  };
  return (
    <Primitive.Root open={open} onOpenChange={setOpen}>
      <Primitive.Trigger asChild>
        <Button className="border-line text-ink-muted max-sm:size-8 max-sm:border-transparent max-sm:p-0">
          <Search aria-hidden />
          <span className="max-sm:sr-only">Go to…</span>
          <kbd
            aria-hidden
            className="rounded-sm border border-line px-1 text-xs text-ink-faint max-sm:hidden"
          >
            ⌘K
          </kbd>
        </Button>
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Overlay className={OVERLAY_CLASS} />
        <Primitive.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-lg border border-line bg-raised shadow-raised outline-none animate-appear"
        >
          <Primitive.Title className="sr-only">Go to…</Primitive.Title>
          <PaletteBody entries={entries} hidden={hidden} onGo={go} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

function PaletteBody({ entries, hidden, onGo }: CommandPaletteProps & { onGo: (href: string) => void }) {
  const pages: PaletteEntry[] = NAVIGATION.flatMap((group) => group.items)
    .filter((item) => !hidden.includes(item.href))
    .map((item) => ({ href: item.href, label: item.label, group: "Pages" }));
  const groups = Map.groupBy([...pages, ...entries], (entry) => entry.group);
  return (
    <Command label="Go to" loop>
      <Command.Input
        placeholder="Type the name of a service, a migration, a page"
        className="h-12 w-full border-b border-line bg-transparent px-4 text-base outline-none max-sm:text-lg"
      />
      <Command.List className="max-h-[50dvh] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-6 text-base text-ink-muted">Nothing has that name.</Command.Empty>
        {[...groups].map(([group, items]) => (
          <Command.Group
            key={group}
            heading={group}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-faint"
          >
            {items.map((item) => (
              <Command.Item
                key={item.href}
                value={`${item.label} ${item.detail ?? ""} ${item.href}`}
                onSelect={() => onGo(item.href)}
                className={cn(
                  "flex min-h-9 cursor-pointer items-center justify-between gap-4 rounded-md px-2 text-base pointer-coarse:min-h-11",
                  "data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent",
                )}
              >
                {item.label}
                {item.detail !== undefined && <span className="text-sm text-ink-faint">{item.detail}</span>}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}
