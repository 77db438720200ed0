"use client";

import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";

import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { OVERLAY_CLASS, PANEL_CLASS } from "#components/ui/overlay-class.ts";

interface DialogProps {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** The button that opens it, where the dialog is not controlled. */
  trigger?: ReactNode;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons at the end; the primary one last. */
  footer?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
}

/** A window for work that is not dangerous; for a dangerous act use ConfirmDialog. */
export function Dialog({
  open,
  onOpenChange,
  trigger,
  title,
  description,
  footer,
  wide,
  children,
}: DialogProps) {
  const control = { ...(open !== undefined && { open }), ...(onOpenChange && { onOpenChange }) };
  return (
    <Primitive.Root {...control}>
      {trigger !== undefined && <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>}
      <Primitive.Portal>
        <Primitive.Overlay className={OVERLAY_CLASS} />
        <Primitive.Content
          className={cn(PANEL_CLASS, wide && "sm:max-w-3xl")}
          {...(description === undefined && { "aria-describedby": undefined })}
        >
          <div className="flex items-start gap-4 px-5 pt-5">
            <div className="min-w-0 grow">
              <Primitive.Title className="text-lg font-semibold text-ink">{title}</Primitive.Title>
              {description !== undefined && (
                <Primitive.Description className="mt-1 text-base text-ink-muted">
                  {description}
                </Primitive.Description>
              )}
            </div>
            <Primitive.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close" className="-mt-1 -mr-2">
                <X aria-hidden />
              </Button>
            </Primitive.Close>
          </div>
          <div className="min-h-0 overflow-y-auto px-5 py-4">{children}</div>
          {footer !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
          )}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
