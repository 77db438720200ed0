"use client";

import { type FormEvent, type ReactNode, useEffect, useRef } from "react";

import type { ActionFailure } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

interface FormShellProps {
  /** Names the form for screen readers, and its button: "Add environment". */
  submit: string;
  cancelHref: string;
  pending: boolean;
  failure: ActionFailure | null;
  /** What else found fields wanting: whenever it changes, the first such field is where the person lands. */
  refused?: object | null;
  blockedBecause?: string | null;
  onSubmit: () => void;
  children: ReactNode;
}

/**
 * A form with its one button at the end; the server checks everything, and what was typed stays, and the first
 * field that needs another look is where the person lands.
 */
export function FormShell(props: FormShellProps) {
  const { submit, cancelHref, pending, failure, refused = null, onSubmit, children } = props;
  const { blockedBecause = null } = props;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failure !== null || refused !== null)
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failure, refused]);
  const handle = (event: FormEvent) => {
    event.preventDefault();
    if (blockedBecause === null) onSubmit();
  };
  return (
    <form ref={form} noValidate aria-label={submit} onSubmit={handle} className="flex flex-col gap-8">
      {children}
      <div className="flex flex-col gap-3">
        <ActionFailureCallout failure={failure} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" pending={pending} blockedBecause={blockedBecause}>
            {submit}
          </Button>
          <LinkButton href={cancelHref} variant="ghost">
            Cancel
          </LinkButton>
        </div>
      </div>
    </form>
  );
}

interface FormSectionProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

/** Fields that belong together. */
export function FormSection({ title, description, children }: FormSectionProps) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-1 text-base font-semibold text-ink">{title}</legend>
      {description !== undefined && <p className="-mt-1 text-sm text-ink-muted">{description}</p>}
      {children}
    </fieldset>
  );
}
