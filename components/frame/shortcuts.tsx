"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { NAVIGATION } from "#components/frame/navigation.ts";
import { SHORTCUTS_COOKIE, recall, remember } from "#components/frame/preferences.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { Switch } from "#components/ui/switch.tsx";

const PLACES = NAVIGATION.flatMap((group) => group.items);
const SEQUENCE_MS = 1200;

/** Single keys that only move: never one that acts. They can be turned off, for people who dictate. */
export function Shortcuts() {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let wentAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (!areOn()) return;
      const destination = PLACES.find((place) => place.key === event.key);
      if (Date.now() - wentAt < SEQUENCE_MS && destination) router.push(destination.href);
      else if (event.key === "?") setOpen(true);
      else if (event.key === "j") moveInTable(1);
      else if (event.key === "k") moveInTable(-1);
      wentAt = event.key === "g" ? Date.now() : 0;
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [router]);
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title="Keyboard shortcuts"
      description="They only move around; no key ever runs a step."
    >
      <dl className="grid gap-x-8 gap-y-1.5 sm:grid-cols-2">
        <Keys keys={["⌘ K", "Ctrl K"]} words="Go to…" />
        <Keys keys={["?"]} words="This sheet" />
        <Keys keys={["j", "k"]} words="Next, previous row" />
        {PLACES.map((place) => (
          <Keys key={place.href} keys={["g", place.key]} words={place.label} />
        ))}
      </dl>
      <ShortcutsSwitch />
    </Dialog>
  );
}

function ShortcutsSwitch() {
  const [on, setOn] = useState(areOn);
  const toggle = (next: boolean) => {
    setOn(next);
    remember(SHORTCUTS_COOKIE, next ? "on" : "off");
  };
  return (
    <Switch
      className="mt-5"
      checked={on}
      onCheckedChange={toggle}
      label="Single-key shortcuts"
      hint="⌘ K works either way."
    />
  );
}

function areOn(): boolean {
  return recall(SHORTCUTS_COOKIE) !== "off";
}

function Keys({ keys, words }: { keys: readonly string[]; words: string }) {
  return (
    <div className="flex items-center justify-between gap-4">
      <dt className="text-base">{words}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <kbd key={key} className="rounded-sm border border-line-strong/60 bg-sunken px-1.5 text-xs">
            {key}
          </kbd>
        ))}
      </dd>
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.closest(
      "input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]",
    ) !== null
  );
}

function moveInTable(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("main tbody tr")].flatMap((row) => {
    const link = row.querySelector<HTMLElement>("a[href]");
    return link ? [link] : [];
  });
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  links[at < 0 ? 0 : at + step]?.focus();
}
