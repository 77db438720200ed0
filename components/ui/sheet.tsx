"use client";

import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";

import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { OVERLAY_CLASS } from "#components/ui/overlay-class.ts";

interface SheetProps {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactNode;
  title: string;
  side?: "left" | "right";
  children: ReactNode;
}

/** A panel from the edge of the screen: navigation on a phone, details beside a list. */
export function Sheet({ open, onOpenChange, trigger, title, side = "left", children }: SheetProps) {
  const control = { ...(open !== undefined && { open }), ...(onOpenChange && { onOpenChange }) };
  return (
    <Primitive.Root {...control}>
      {trigger !== undefined && <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>}
      <Primitive.Portal>
        <Primitive.Overlay className={OVERLAY_CLASS} />
        <Primitive.Content
          aria-describedby={undefined}
          className={cn(
            "fixed inset-y-0 z-50 flex w-80 max-w-[calc(100vw-3rem)] flex-col border-line bg-raised text-ink shadow-raised outline-none animate-appear",
            side === "left" ? "left-0 border-r" : "right-0 border-l",
          )}
        >
          <div className="flex h-14 items-center justify-between gap-2 border-b border-line pr-2 pl-4">
            <Primitive.Title className="text-base font-semibold">{title}</Primitive.Title>
            <Primitive.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close">
                <X aria-hidden />
              </Button>
            </Primitive.Close>
          </div>
          <div className="min-h-0 grow overflow-y-auto">{children}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
