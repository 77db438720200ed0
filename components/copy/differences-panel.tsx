"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useEffect, useState } from "react";

import { ChoiceBar } from "#components/copy/choice-bar.tsx";
import { bytesWords, countWords } from "#components/copy/copy-words.ts";
import { Section } from "#components/migrations/section.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { buttonVariants } from "#components/ui/button-variants.ts";
import { Callout } from "#components/ui/callout.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { differencesQuery } from "#lib/migrations/queries.ts";
import type { CopyView, DifferenceView } from "#lib/mover/copy-view.ts";

interface DifferencesPanelProps {
  migrationId: string;
  differences: CopyView["differences"];
}

const FORMS = [
  { id: "printable", label: "Text" },
  { id: "hex", label: "Hex" },
] as const;
const FIRST = "0";
type Form = (typeof FORMS)[number]["id"];

/** The cells in which the stores differ, with keys and both values, a page at a time; all that are kept can be downloaded. */
export function DifferencesPanel({ migrationId, differences }: DifferencesPanelProps) {
  const [form, setForm] = useState<Form>("printable");
  // After which difference each page that was opened begins.
  const [pages, setPages] = useState<readonly string[]>([FIRST]);
  const { data, error, refetch } = useQuery(differencesQuery(migrationId, pages.at(-1) ?? FIRST));
  const isBehind = data !== undefined && data.listed < differences.listed;
  useEffect(() => {
    if (isBehind) void refetch();
  }, [isBehind, refetch]);
  const { found, listed } = differences;
  return (
    <Section
      title="Differences"
      aside={
        <span className="flex flex-wrap items-center gap-2">
          <ChoiceBar label="Keys and values as" choices={FORMS} value={form} onChange={setForm} />
          {(["csv", "jsonl"] as const).map((format) => (
            <a
              key={format}
              href={`/api/migrations/${migrationId}/differences/${format}`}
              download
              className={buttonVariants({ size: "sm" })}
            >
              <Download aria-hidden />
              {format.toUpperCase()}
              <span className="sr-only"> of all differences that are kept</span>
            </a>
          ))}
        </span>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-sm text-ink-muted">
          {listed < found
            ? `The first ${countWords(listed)} of ${countWords(found)} are kept with keys and values.`
            : `All ${countWords(found)} are kept with keys and values.`}{" "}
          Of a long value only the beginning is kept, with its length and SHA-256.
        </p>
        {error !== null && (
          <Callout state="unknown" title="The differences could not be read">
            {error.message}
          </Callout>
        )}
        {data !== undefined && <Differences differences={data.differences} form={form} />}
        {data === undefined && error === null && (
          <p className="text-sm text-ink-muted">The differences are being read.</p>
        )}
        {(pages.length > 1 || (data?.next ?? null) !== null) && (
          <div className="flex flex-wrap items-center gap-3 text-sm text-ink-muted">
            <Button
              size="sm"
              blockedBecause={pages.length > 1 ? null : "This is the first page."}
              onClick={() => setPages(pages.slice(0, -1))}
            >
              Before
            </Button>
            <Button
              size="sm"
              blockedBecause={(data?.next ?? null) === null ? "This is the last page." : null}
              onClick={() => setPages([...pages, data?.next ?? FIRST])}
            >
              Next
            </Button>
            <span>Page {pages.length}</span>
          </div>
        )}
      </div>
    </Section>
  );
}

const KIND_WORDS: Record<DifferenceView["kind"], string> = {
  missing: "missing there",
  extra: "only there",
  value: "other value",
  version: "other version",
};

interface DifferencesProps {
  differences: readonly DifferenceView[];
  form: Form;
}

/** A table where there is room for one, and one below the other on a phone. */
function Differences({ differences, form }: DifferencesProps) {
  return (
    <>
      <div className="max-sm:hidden">
        <WideDifferences differences={differences} form={form} />
      </div>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line text-sm sm:hidden">
        {differences.map((one) => (
          <li key={one.id} className="flex flex-col gap-2 px-3 py-2.5">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <span className="font-mono wrap-anywhere text-ink">{one.table}</span>
              <Kind difference={one} />
            </div>
            <Keys difference={one} form={form} />
            <div>
              <span className="block text-xs text-ink-muted">In the source</span>
              <Value value={one.source} form={form} />
            </div>
            <div>
              <span className="block text-xs text-ink-muted">In the destination</span>
              <Value value={one.destination} form={form} />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function WideDifferences({ differences, form }: DifferencesProps) {
  return (
    <Table label="Cells that differ">
      <TableHead>
        <TableRow>
          <TableHeader>Table</TableHeader>
          <TableHeader>Difference</TableHeader>
          <TableHeader>Row and column</TableHeader>
          <TableHeader>In the source</TableHeader>
          <TableHeader>In the destination</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {differences.map((one) => (
          <TableRow key={one.id}>
            <TableCell className="max-w-48 min-w-28 font-mono wrap-anywhere text-ink">{one.table}</TableCell>
            <TableCell className="whitespace-nowrap">
              <Kind difference={one} />
            </TableCell>
            <TableCell className="max-w-64 min-w-36">
              <Keys difference={one} form={form} />
            </TableCell>
            <TableCell className="max-w-72 min-w-40">
              <Value value={one.source} form={form} />
            </TableCell>
            <TableCell className="max-w-72 min-w-40">
              <Value value={one.destination} form={form} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function Kind({ difference: { kind, timestamp } }: { difference: DifferenceView }) {
  return (
    <span>
      <Badge tone="outline" className="border-blocked-line bg-blocked-soft text-blocked">
        {KIND_WORDS[kind]}
      </Badge>
      {timestamp !== null && <span className="block font-mono text-xs text-ink-muted">at {timestamp}</span>}
    </span>
  );
}

function Keys({ difference: { row, column }, form }: { difference: DifferenceView; form: Form }) {
  return (
    <span className="font-mono wrap-anywhere">
      <span className="block text-ink">{row[form]}</span>
      <span className="block text-ink-muted">{column[form]}</span>
    </span>
  );
}

function Value({ value, form }: { value: DifferenceView["source"]; form: Form }) {
  if (value === null) return <span className="text-ink-muted">no such cell</span>;
  return (
    <>
      <span className="font-mono wrap-anywhere text-ink">
        {value[form] === "" ? "(empty)" : value[form]}
        {value.isCut && "…"}
      </span>
      <span
        className="block font-mono text-xs wrap-anywhere text-ink-faint"
        title={`SHA-256 ${value.sha256}`}
      >
        {bytesWords(value.bytes)}, {value.sha256.slice(0, 12)}
      </span>
    </>
  );
}
