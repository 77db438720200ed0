"use client";

import { useId } from "react";

interface ChoiceCardsProps {
  legend: string;
  choices: readonly { id: string; title: string; description: string }[];
  value: string;
  onChange: (id: string) => void;
}

/** One of few, each with a sentence about it. */
export function ChoiceCards({ legend, choices, value, onChange }: ChoiceCardsProps) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium text-ink">{legend}</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        {choices.map((choice) => (
          <div
            key={choice.id}
            className="relative flex items-start gap-3 rounded-lg border border-line-strong/60 p-3 hover:bg-hover/60 has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              id={`${name}-${choice.id}`}
              type="radio"
              name={name}
              value={choice.id}
              checked={choice.id === value}
              aria-describedby={`${name}-${choice.id}-hint`}
              onChange={() => onChange(choice.id)}
              className="mt-0.75 size-4 shrink-0 accent-accent-solid"
            />
            <div className="min-w-0">
              <label
                htmlFor={`${name}-${choice.id}`}
                className="text-base font-medium text-ink after:absolute after:inset-0 after:cursor-pointer"
              >
                {choice.title}
              </label>
              <p id={`${name}-${choice.id}-hint`} className="text-sm text-ink-muted">
                {choice.description}
              </p>
            </div>
          </div>
        ))}
      </div>
    </fieldset>
  );
}
