"use client";

import { OctagonX } from "lucide-react";
import { createContext, use, useId, useMemo, type ReactNode } from "react";

import { cn } from "#components/ui/cn.ts";
import { Label } from "#components/ui/label.tsx";

interface FieldControl {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldContext = createContext<FieldControl | null>(null);

interface FieldProps {
  label: ReactNode;
  /** What to enter, and where to find it. */
  hint?: ReactNode;
  /** What is wrong with what was entered. */
  error?: string | null | undefined;
  required?: boolean;
  optional?: boolean;
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
}

/** Label, hint and error of one control; the Input, Textarea or Select inside is wired to them by itself. */
export function Field({
  label,
  hint,
  error,
  required = false,
  optional,
  hideLabel,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const hasHint = hint !== undefined && hint !== null;
  const hasError = error !== undefined && error !== null && error !== "";
  const describedBy = [hasHint && `${id}-hint`, hasError && `${id}-error`].filter(Boolean).join(" ");
  const control = useMemo(
    () => ({ id, describedBy: describedBy || undefined, invalid: hasError, required }),
    [id, describedBy, hasError, required],
  );
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <Label htmlFor={id} className={cn(hideLabel && "sr-only")}>
        {label}
        {optional && <span className="ml-1.5 font-normal text-ink-faint">optional</span>}
      </Label>
      <FieldContext value={control}>{children}</FieldContext>
      {hasHint && (
        <p id={`${id}-hint`} className="text-sm text-ink-muted">
          {hint}
        </p>
      )}
      {hasError && (
        <p id={`${id}-error`} className="flex items-start gap-1.5 text-sm text-blocked">
          <OctagonX aria-hidden className="mt-0.5 size-4 shrink-0" />
          {error}
        </p>
      )}
    </div>
  );
}

/** The attributes that tie a control to its Field; empty outside one. */
export function useFieldControl() {
  const control = use(FieldContext);
  if (control === null) return {};
  return {
    id: control.id,
    "aria-describedby": control.describedBy,
    "aria-invalid": control.invalid || undefined,
    required: control.required || undefined,
  };
}
