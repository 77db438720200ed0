"use client";

import Link from "next/link";
import { DropdownMenu as Primitive } from "radix-ui";
import type { ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";
import { MENU_CLASS, MENU_ITEM_CLASS } from "#components/ui/overlay-class.ts";

interface DropdownMenuProps {
  trigger: ReactNode;
  align?: "start" | "end";
  children: ReactNode;
}

export function DropdownMenu({ trigger, align = "end", children }: DropdownMenuProps) {
  return (
    <Primitive.Root modal={false}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content align={align} sideOffset={6} collisionPadding={8} className={MENU_CLASS}>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  destructive?: boolean;
  disabled?: boolean;
  children: ReactNode;
}

export function MenuItem({ onSelect, destructive, disabled, children }: MenuItemProps) {
  return (
    <Primitive.Item
      onSelect={onSelect}
      disabled={disabled ?? false}
      className={cn(MENU_ITEM_CLASS, destructive && "text-blocked [&_svg]:text-blocked")}
    >
      {children}
    </Primitive.Item>
  );
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Primitive.Item asChild className={MENU_ITEM_CLASS}>
      <Link href={href}>{children}</Link>
    </Primitive.Item>
  );
}

/** A file to keep; it is fetched by the browser itself, not by the router. */
export function MenuDownload({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Primitive.Item asChild className={MENU_ITEM_CLASS}>
      <a href={href} download>
        {children}
      </a>
    </Primitive.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** One choice out of few, marked in the menu. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <Primitive.Group aria-label={label}>
      <Primitive.Label className="px-2 pt-1 pb-0.5 text-xs text-ink-faint">{label}</Primitive.Label>
      {options.map((option) => (
        <Primitive.CheckboxItem
          key={option.value}
          checked={option.value === value}
          onSelect={() => onChange(option.value)}
          className={cn(MENU_ITEM_CLASS, "data-[state=checked]:font-medium data-[state=checked]:text-accent")}
        >
          {option.label}
          <Primitive.ItemIndicator className="ml-auto">✓</Primitive.ItemIndicator>
        </Primitive.CheckboxItem>
      ))}
    </Primitive.Group>
  );
}

export function MenuSeparator() {
  return <Primitive.Separator className="my-1 h-px bg-line" />;
}

export function MenuText({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5">{children}</div>;
}
