"use client";

import { useState } from "react";

import { bytesWords, countWords, shortCount } from "#components/copy/copy-words.ts";
import { ProgressBar } from "#components/copy/progress-bar.tsx";
import {
  countsByFilter,
  shownTables,
  TABLE_FILTERS,
  type ProgressTable,
  type TableFilter,
} from "#components/copy/table-order.ts";
import { TableFinder } from "#components/copy/table-finder.tsx";
import { Section } from "#components/migrations/section.tsx";
import { Button } from "#components/ui/button.tsx";
import { StateIcon, type State } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

/* More rows than this only on request, so that the page stays quick and short. */
const FIRST_SHOWN = 25;
const MORE_SHOWN = 100;
const SEARCHED_FROM = 10;

/** Every table with how far it is; what stands still or runs comes first. */
export function CopyTables({ view }: { view: CopyView }) {
  const [filter, setFilter] = useState<TableFilter>("all");
  const [asked, setAsked] = useState("");
  const [most, setMost] = useState(FIRST_SHOWN);
  const counts = countsByFilter(view.tables);
  const tables = shownTables(view.tables, filter, asked);
  const choices = TABLE_FILTERS.filter(({ id }) => id === "all" || id === filter || counts[id] > 0).map(
    ({ id, label }) => ({ id, label: `${label} ${countWords(counts[id])}` }),
  );
  const unlisted = view.tableCount.total - view.tables.length;
  return (
    <Section title="Tables">
      <div className="flex flex-col gap-3">
        {view.tables.length > SEARCHED_FROM && (
          <TableFinder
            choices={choices}
            filter={filter}
            onFilter={setFilter}
            asked={asked}
            onAsked={setAsked}
          />
        )}
        <ProgressRows rows={tables.slice(0, most)} view={view} empty={view.tables.length === 0} />
        {(tables.length > most || unlisted > 0) && (
          <div className="flex flex-wrap items-center gap-3 text-sm text-ink-muted">
            {tables.length > most && (
              <Button size="sm" onClick={() => setMost(most + MORE_SHOWN)}>
                Show {Math.min(MORE_SHOWN, tables.length - most)} more
              </Button>
            )}
            <span>
              {countWords(Math.min(most, tables.length))} of {countWords(tables.length)} shown
              {unlisted > 0 && `; ${countWords(unlisted)} more are in the run and not listed here`}
            </span>
          </div>
        )}
      </div>
    </Section>
  );
}

interface ProgressRowsProps {
  rows: readonly ProgressTable[];
  view: Pick<CopyView, "kind" | "state">;
  /** There is none at all, whatever is looked for. */
  empty: boolean;
}

function ProgressRows({ rows, view: { kind, state }, empty }: ProgressRowsProps) {
  const moving = state === "running" || state === "throttled";
  return (
    <Table label="Tables and how far they are">
      <TableHead>
        <TableRow>
          <TableHeader>Table</TableHeader>
          <TableHeader className="w-1/3">How far</TableHeader>
          <TableHeader numeric className="max-sm:hidden">
            Cells
          </TableHeader>
          {kind === "compare" ? (
            <TableHeader>Result</TableHeader>
          ) : (
            <TableHeader numeric className="max-sm:hidden">
              Size
            </TableHeader>
          )}
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map((table) => (
          <Row key={table.name} table={table} kind={kind} moving={moving} />
        ))}
        {rows.length === 0 && (
          <TableRow>
            <TableCell colSpan={4} className="text-ink-muted">
              {empty
                ? state === "complete"
                  ? "There is no table whose cells are copied."
                  : "The tables are listed as soon as a worker has cut them into ranges."
                : "No table here is called so or stands so."}
            </TableCell>
          </TableRow>
        )}
      </TableBody>
    </Table>
  );
}

const LOOKS: Record<ProgressTable["state"], { readonly state: State | null; readonly word: string }> = {
  failed: { state: "blocked", word: "stands still" },
  running: { state: "running", word: "running" },
  waiting: { state: null, word: "waiting" },
  done: { state: "pass", word: "done" },
};

const BEGUN = { state: null, word: "begun" } as const;

interface RowProps {
  table: ProgressTable;
  kind: CopyView["kind"];
  /** Whether anything of the run moves now. */
  moving: boolean;
}

function Row({ table, kind, moving }: RowProps) {
  const { shards } = table;
  const look = table.state === "running" && !moving ? BEGUN : LOOKS[table.state];
  const text = `${countWords(shards.done)} of ${countWords(shards.total)}`;
  return (
    <TableRow>
      <TableCell className="max-w-72 min-w-24 sm:min-w-44">
        <span className="font-mono text-sm wrap-anywhere text-ink">{table.name}</span>
      </TableCell>
      <TableCell className="min-w-28 sm:min-w-36">
        <div className="flex flex-col gap-1 pt-1">
          <ProgressBar
            label={table.name}
            done={table.percent}
            failed={Math.min(
              100 - table.percent,
              Math.ceil((100 * shards.failed) / Math.max(1, shards.total)),
            )}
            total={100}
            text={`${table.percent} percent, ${text} ranges, ${look.word}`}
          />
          <span className="tabular flex items-center gap-1.5 text-xs text-ink-muted">
            {look.state !== null && <StateIcon state={look.state} label={null} className="size-3.5" />}
            <span>
              {look.word}, {text} {shards.total === 1 ? "range" : "ranges"}
              {shards.failed > 0 && `, ${countWords(shards.failed)} failed`}
              <span className="sm:hidden">
                {`, ${countWords(table.cells)} cells`}
                {kind === "copy" && `, ${bytesWords(table.bytes)}`}
              </span>
            </span>
          </span>
        </div>
      </TableCell>
      <TableCell numeric className="whitespace-nowrap max-sm:hidden">
        {countWords(table.cells)}
        {table.state !== "done" && table.estimatedVersions !== null && (
          <span
            className="block text-xs text-ink-faint"
            title="By the source's own statistics, of all versions"
          >
            about {shortCount(table.estimatedVersions)} versions
          </span>
        )}
      </TableCell>
      {kind === "compare" ? (
        <TableCell>
          <Result table={table} />
        </TableCell>
      ) : (
        <TableCell numeric className="whitespace-nowrap max-sm:hidden">
          {bytesWords(table.bytes)}
          {table.state !== "done" && table.estimatedBytes !== null && (
            <span className="block text-xs text-ink-faint">about {bytesWords(table.estimatedBytes)}</span>
          )}
        </TableCell>
      )}
    </TableRow>
  );
}

/** Equal only when all of it was compared; different as soon as one cell is. */
function Result({ table: { differences, state } }: { table: ProgressTable }) {
  if (differences > 0) {
    return (
      <span className="flex items-center gap-1.5 font-medium text-blocked">
        <StateIcon state="blocked" label={null} />
        different: {countWords(differences)}
      </span>
    );
  }
  if (state !== "done") return <span className="text-ink-muted">not known yet</span>;
  return (
    <span className="flex items-center gap-1.5 text-pass">
      <StateIcon state="pass" label={null} />
      equal
    </span>
  );
}
