"use client";

import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "#components/ui/button.tsx";

interface RowsEditorProps<Row> {
  rows: readonly Row[];
  onChange: (rows: readonly Row[]) => void;
  /** A new, empty row. */
  empty: Row;
  /** "node": used by the buttons. */
  word: string;
  /** Rows that cannot be taken away. */
  min?: number;
  none?: string;
  render: (row: Row, index: number, change: (row: Row) => void) => ReactNode;
}

/** A list of rows that can be added to and taken from. */
export function RowsEditor<Row>({
  rows,
  onChange,
  empty,
  word,
  min = 0,
  none,
  render,
}: RowsEditorProps<Row>) {
  const replace = (index: number, row: Row) => onChange(rows.map((old, at) => (at === index ? row : old)));
  return (
    <div className="flex flex-col gap-3">
      {rows.length === 0 && none !== undefined && <p className="text-sm text-ink-muted">{none}</p>}
      <ol className="flex flex-col gap-3">
        {rows.map((row, index) => (
          <li key={index} className="flex items-start gap-2">
            <div className="min-w-0 grow">{render(row, index, (changed) => replace(index, changed))}</div>
            <Button
              variant="ghost"
              size="icon"
              className="mt-6.5"
              aria-label={`Remove ${word} ${index + 1}`}
              blockedBecause={rows.length <= min ? `At least ${min} ${word} is needed.` : null}
              onClick={() => onChange(rows.filter((_, at) => at !== index))}
            >
              <X aria-hidden />
            </Button>
          </li>
        ))}
      </ol>
      <div>
        <Button size="sm" onClick={() => onChange([...rows, empty])}>
          <Plus aria-hidden />
          Add {word}
        </Button>
      </div>
    </div>
  );
}
