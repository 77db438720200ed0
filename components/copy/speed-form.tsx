"use client";

import { useState } from "react";

import { bytesWords, countWords } from "#components/copy/copy-words.ts";
import type { CopyControl } from "#components/copy/use-copy-control.ts";
import { Section } from "#components/migrations/section.tsx";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface SpeedFormProps {
  view: CopyView;
  control: CopyControl;
}

const LANES_MAX = 64;
const MEGABYTE = 1_000_000;

/** How fast it may go. Changes reach the workers at their next checkpoint; nothing is interrupted by them. */
export function SpeedForm({ view, control }: SpeedFormProps) {
  const { lanes, cellsPerSecondMax, bytesPerSecondMax } = view.control;
  // Somebody else may have changed them meanwhile: the form then begins anew with what holds now.
  const key = [lanes, cellsPerSecondMax, bytesPerSecondMax].join("/");
  return (
    <Section title="Speed" aside={<LimitWords view={view} />}>
      <Fields key={key} view={view} control={control} />
    </Section>
  );
}

function LimitWords({ view: { control } }: { view: CopyView }) {
  const limits = [
    ...(control.cellsPerSecondMax === null ? [] : [`${countWords(control.cellsPerSecondMax)} cells/s`]),
    ...(control.bytesPerSecondMax === null ? [] : [`${bytesWords(control.bytesPerSecondMax)}/s`]),
  ];
  return (
    <span className="tabular text-sm text-ink-muted">
      {limits.length === 0 ? "no limit" : `at most ${limits.join(" and ")}`}
    </span>
  );
}

function Fields({ view, control }: SpeedFormProps) {
  const now = view.control;
  const [lanes, setLanes] = useState(`${now.lanes}`);
  const [cells, setCells] = useState(now.cellsPerSecondMax === null ? "" : `${now.cellsPerSecondMax}`);
  const [megabytes, setMegabytes] = useState(
    now.bytesPerSecondMax === null ? "" : `${now.bytesPerSecondMax / MEGABYTE}`,
  );
  const wish = {
    lanes: wholeOf(lanes, LANES_MAX),
    cellsPerSecondMax: cells.trim() === "" ? null : wholeOf(cells),
    bytesPerSecondMax: megabytes.trim() === "" ? null : bytesOf(megabytes),
  };
  const wrong = problemOf(wish);
  const changed =
    wish.lanes !== now.lanes ||
    wish.cellsPerSecondMax !== now.cellsPerSecondMax ||
    wish.bytesPerSecondMax !== now.bytesPerSecondMax;
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong === null && changed && wish.lanes !== undefined)
          control.ask({
            lanes: wish.lanes,
            ...(wish.cellsPerSecondMax !== undefined && { cellsPerSecondMax: wish.cellsPerSecondMax }),
            ...(wish.bytesPerSecondMax !== undefined && { bytesPerSecondMax: wish.bytesPerSecondMax }),
          });
      }}
    >
      <div className="grid grid-cols-3 items-end gap-3 max-sm:grid-cols-1">
        <Field label="Lanes">
          <Input inputMode="numeric" value={lanes} onChange={(event) => setLanes(event.target.value)} />
        </Field>
        <Field label="Cells a second">
          <Input
            inputMode="numeric"
            placeholder="no limit"
            value={cells}
            onChange={(event) => setCells(event.target.value)}
          />
        </Field>
        <Field label="MB a second">
          <Input
            inputMode="decimal"
            placeholder="no limit"
            value={megabytes}
            onChange={(event) => setMegabytes(event.target.value)}
          />
        </Field>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="min-w-0 grow basis-56 text-sm text-ink-muted">
          {wrong ?? "All workers together. A change reaches them at their next checkpoint."}
        </p>
        <Button
          type="submit"
          pending={control.pending}
          blockedBecause={control.blockedBecause ?? wrong ?? (changed ? null : "Nothing was changed yet.")}
        >
          Set the speed
        </Button>
      </div>
    </form>
  );
}

interface Wish {
  readonly lanes: number | undefined;
  readonly cellsPerSecondMax: number | null | undefined;
  readonly bytesPerSecondMax: number | null | undefined;
}

function problemOf({ lanes, cellsPerSecondMax, bytesPerSecondMax }: Wish): string | null {
  if (lanes === undefined) return `Lanes must be a whole number from 1 to ${LANES_MAX}.`;
  if (cellsPerSecondMax === undefined) return "Cells a second must be a whole number, or blank for no limit.";
  if (bytesPerSecondMax === undefined) return "MB a second must be a number above 0, or blank for no limit.";
  return null;
}

function wholeOf(text: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const digits = text.replaceAll(/[\s\u2009]/g, "");
  if (!/^[1-9]\d{0,14}$/.test(digits)) return undefined;
  const value = Number(digits);
  return value <= most ? value : undefined;
}

function bytesOf(text: string): number | undefined {
  const digits = text.trim().replace(",", ".");
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(digits)) return undefined;
  const value = Math.round(Number(digits) * MEGABYTE);
  return value > 0 ? value : undefined;
}
